import type { Plan, Verification } from "../../model/index.ts";
import type { ApplyOutcome } from "../../apply/events.ts";
import type { Observed } from "../../plan/make.ts";
import type { SpecSource } from "../../plan/source.ts";
import type { Look } from "../approval.ts";
import { EXIT_OF, applyShown, ask, needChroot, needRoot, notApproved } from "../approval.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import type { FailureCode } from "../failure-codes.ts";
import { Failure } from "../failure.ts";
import { failureDocument } from "../failure-document.ts";
import { fileKind, whatItIs, whereItGoes } from "../file-kind.ts";
import type { InputFile } from "../input-file.ts";
import type { Opened } from "../io.ts";
import { jsonText } from "../json.ts";
import type { KeptLock } from "../keep-lock.ts";
import { keepLock } from "../keep-lock.ts";
import { openFiles } from "../open-files.ts";
import { unfinished } from "../unfinished.ts";
import { printDiagnostics } from "../print.ts";
import { observe, observeHealth, planOf } from "../observe.ts";
import { shellWords } from "../shell-words.ts";
import { readSpecInput, soundSpec } from "../spec-file.ts";
import { rootOf, targetOf, targetWords } from "../target.ts";
import { refusePendingTrial } from "../trial.ts";
import { text, written } from "../terminal-text.ts";
import type { FailureDocument } from "../views/failure.ts";
import { renderKeptLock } from "../views/kept-lock.ts";
import { renderOutcome, renderReboot } from "../views/outcome.ts";
import { renderPlan } from "../views/plan.ts";
import { renderVerification } from "../views/verification.ts";

export const apply: Command = {
  name: "apply",
  argument: "[SPEC or PLAN.json]",
  summary: "show the plan, ask, carry it out, verify what can be verified now",
  options: ["root", "chroot", "details", "auto-approve", "even-if-broken", "lock-timeout", "keep-journals"],
  refused: {
    capture: "apply changes a machine, and a capture is only the record of one",
    out: "apply carries a plan out; to save one: hostcfg plan --out FILE",
  },
  foreign: [
    [["yes", "assume-yes", "y", "force", "f"], "to carry the plan out without a question: --auto-approve"],
    [["dry-run", "simulate", "check", "n"], "to see what would change and change nothing: hostcfg plan"],
  ],
  about: `Shows the plan, asks, carries it out, and verifies what can be verified before the reboot.
Only the answer "yes" is accepted; without a terminal, --auto-approve stands for it.

A saved plan (hostcfg plan --out plan.json) was approved when it was saved: it is made
again, carried out without a question when it is still the same, and refused when not.

While dpkg or apt works on the packages, apply waits before a step that needs them, at most
--lock-timeout seconds. ^C, SIGTERM and a closed terminal end it after the running step,
which is never cut; a further ^C changes nothing but says what still runs.

Each file and link is replaced as a whole, and its old state is kept in a journal below
/var/lib/hostcfg before it is touched. After a failure or ^C, applying the spec again
does what is left. When everything is as declared, apply does and writes nothing.

Where the spec names devices, it records beside the spec which cards they are
(host.yaml: host.lock.json), for version control. A plan says when a card moved since.

A host that would not come up as it is (hostcfg check) is left alone, unless the plan repairs
it or --even-if-broken is given. A step that breaks the boot ends the apply.

It never reboots, never removes a kernel, and never runs two applies at a time.`,
  exits: [
    [EXIT.ok, "everything was done, or there was nothing to do"],
    [EXIT.error, "the plan was not approved, not applyable, or stale, or a step failed"],
    [EXIT.locked, "another apply, dpkg or apt is at work on this host; nothing was changed"],
    [EXIT.interrupted, "stopped by ^C or a signal after the running step"],
  ],
  examples: [
    ["ask, then change this host", "sudo hostcfg apply host.yaml"],
    [
      "carry out a saved plan on a mounted root, with its own programs",
      "sudo hostcfg apply plan.json --root /mnt --chroot",
    ],
  ],
  run,
};

/** What `apply --json` prints once there is a plan. */
interface ApplyDocument {
  readonly formatVersion: "1.0";
  readonly plan: Plan;
  /** Absent when nothing was tried. */
  readonly outcome?: ApplyOutcome;
  /** Of what can be verified before the reboot; only after all steps are done. */
  readonly verification?: Verification;
  /** The lock file beside the spec; only once everything is as declared, where there is something to record. */
  readonly lock?: KeptLock;
  readonly error?: FailureDocument["error"];
}

const OTHERWISE = "or save a plan, read it, apply it: hostcfg plan --out plan.json; hostcfg apply plan.json";

async function run(call: Call): Promise<number> {
  const { io, options } = call;
  const target = await targetOf(call);
  needRoot(call, target, "applying to the running host");
  const input = readSpecInput(call);
  const { source, saved } = await declared(call, input);
  const approved = options.autoApprove || saved !== undefined;
  if (options.json && !approved) throw notApproved(call, "apply --json never asks", OTHERWISE);

  const opened = call.open(target);
  refusePendingTrial(call, opened);
  const planPath = saved === undefined ? undefined : input.path;
  printDiagnostics(call, [...unfinished(call, opened), ...openFiles(call, opened, source, planPath)]);
  const observed = await observe(call, opened, source);
  const plan = await planOf(call, observed);
  if (saved !== undefined) await refuseStale(call, input, saved, plan);
  if (!options.json) io.stdout(await renderPlan(plan, call.style, call.options.details));
  if (!plan.applyable) {
    const error = {
      code: "not-applyable" satisfies FailureCode,
      message: "the plan has errors; nothing was changed",
    };
    return finish(call, { plan, error }, EXIT.error);
  }
  if (plan.steps.length === 0) {
    // An apply that was cut after its last step comes to its end by this.
    const outcome = await applyShown(call, opened, plan, looking(call, opened, source));
    return finish(call, { plan, outcome, ...(await lockKept(call, observed)) }, EXIT_OF[outcome.status]);
  }
  needChroot(call, target, plan);
  if (!approved && !(await ask(call, opened, plan, OTHERWISE))) {
    io.stderr("Not approved: nothing was changed.\n");
    return EXIT.error;
  }
  return carryOut(call, opened, source, plan);
}

/** A saved plan brings its spec along; the plan itself is made again from it. */
async function declared(
  call: Call,
  input: InputFile,
): Promise<{ readonly source: SpecSource; readonly saved?: Plan }> {
  const kind = fileKind(input);
  if (kind === "spec") {
    const source = await soundSpec(call, input);
    return { source };
  }
  if (kind !== "plan") {
    throw new Failure("invalid-plan", `${input.path} is not a saved plan: it is ${whatItIs(input)}`, {
      hint: whereItGoes(input) ?? "make a plan: hostcfg plan SPEC --out plan.json",
    });
  }
  const read = await call.engine.readSavedPlan(input.bytes);
  if ("diagnostics" in read) {
    throw new Failure("invalid-plan", `${input.path} is not a plan that this hostcfg can apply`, {
      diagnostics: read.diagnostics,
      hint: `make a new one: ${shellWords(["hostcfg", "plan", "SPEC", "--out", input.path])}`,
    });
  }
  return { source: read.source, saved: read.plan };
}

async function refuseStale(
  { engine, options }: Call,
  input: InputFile,
  saved: Plan,
  now: Plan,
): Promise<void> {
  const moved = await engine.staleness(saved, now);
  if (moved.length === 0) return;
  throw new Failure("stale-plan", `the saved plan ${input.path} is stale: the host has changed`, {
    diagnostics: moved.map((summary) => ({ severity: "error", code: "moved", summary })),
    hint: `look at a new one: ${shellWords(["hostcfg", "plan", saved.spec.path, ...targetWords(options), "--out", input.path])}`,
  });
}

function looking(call: Call, opened: Opened, source: SpecSource): Parameters<typeof applyShown>[3] {
  const look = async (): Promise<Look> => {
    const observed = await observe(call, opened, source);
    return { state: observed.state, plan: await planOf(call, observed) };
  };
  return { look, spec: source.spec };
}

async function carryOut(call: Call, opened: Opened, source: SpecSource, plan: Plan): Promise<number> {
  const { engine } = call;
  const outcome = await applyShown(call, opened, plan, looking(call, opened, source));
  const result = { plan, outcome };
  if (outcome.status === "not-bootable") {
    const error = {
      code: "host-not-bootable" satisfies FailureCode,
      message:
        "this host would not come up as it is now, and the plan does not repair that; nothing was changed",
      hint: `look at it: hostcfg check; or change it all the same: ${shellWords(["hostcfg", ...call.argv, "--even-if-broken"])}`,
    };
    return finish(call, { ...result, error }, EXIT.error);
  }
  if (outcome.status !== "applied") return finish(call, result, EXIT_OF[outcome.status]);
  try {
    const observed = await observeHealth(call, opened, source);
    const verification = await engine.verify(observed);
    return finish(call, { ...result, verification, ...(await lockKept(call, observed)) }, EXIT.ok);
  } catch (error) {
    // The steps are done, and that must be said before the reason why they could not be verified.
    return finish(call, { ...result, error: failureDocument(error).error }, EXIT.error);
  }
}

async function lockKept(call: Call, observed: Observed): Promise<Pick<ApplyDocument, "lock">> {
  const lock = await keepLock(call, observed);
  return lock === undefined ? {} : { lock };
}

function finish(call: Call, result: Omit<ApplyDocument, "formatVersion">, exit: number): number {
  const { io, options, style, stderrStyle } = call;
  const { plan, outcome, verification, lock, error } = result;
  // Where the progress was told: whoever runs hostcfg for somebody else shows this as it is.
  if (outcome !== undefined && outcome.status !== "applied" && exit !== EXIT.ok)
    io.stderr(renderOutcome(outcome, stderrStyle, rootOf(call)));
  if (options.json) {
    io.stdout(jsonText({ formatVersion: "1.0", ...result } satisfies ApplyDocument));
    return exit;
  }
  // Its warnings are those of the plan above.
  if (verification !== undefined) io.stdout(renderVerification({ ...verification, diagnostics: [] }, style));
  if (outcome?.status === "applied") io.stdout(renderOutcome(outcome, style, rootOf(call)));
  if (lock?.why !== undefined) io.stderr(renderKeptLock(lock, stderrStyle));
  else if (lock !== undefined) io.stdout(renderKeptLock(lock, style));
  if (error !== undefined)
    io.stderr(
      written(
        [
          text`${stderrStyle.red("error")}: ${error.message}`,
          ...(error.hint === undefined ? [] : [text`hint: ${error.hint}`]),
        ],
        style,
      ),
    );
  if (outcome?.status === "applied") {
    const spec = call.argument === undefined ? [] : [plan.spec.path];
    const verify = shellWords(["sudo", "hostcfg", "verify", ...targetWords(options), ...spec]);
    io.stdout(renderReboot(plan, outcome, `Reboot to finish, then check: ${verify}`, style));
  }
  return exit;
}
