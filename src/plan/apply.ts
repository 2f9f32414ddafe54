import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { ExecOutcome, Host } from "../host/host.ts";
import { HostError } from "../host/reader.ts";
import type { Reader } from "../host/reader.ts";
import type { ExecStep, Fingerprint, Plan, Step } from "../model.ts";
import type { ApplyEvent, ApplyOutcome } from "./events.ts";
import { INPUTS, Journal, LOCK, STATE_FOLDER } from "./journal.ts";
import { staleness } from "./staleness.ts";

export interface ApplyInput {
  readonly plan: Plan;
  readonly host: Host;
  /** Probes the host and makes the plan of the same spec again. */
  readonly replan: () => Promise<Plan>;
  readonly observe: (event: ApplyEvent) => void;
  /** Aborted by a signal: the running step is finished, the next is not begun. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/**
 * Carries out a plan, step by step, under the lock and with a journal. It never throws for what the host does:
 * every failure is an outcome with what to do next. Applying again is always the way on, for a new plan holds just
 * what is left.
 */
export async function applyPlan(input: ApplyInput): Promise<ApplyOutcome> {
  const { plan, host } = input;
  if (!plan.applyable) throw new Error("a plan with errors cannot be applied");
  if (plan.steps.length === 0) return { status: "nothing-to-do" };
  host.makeFolder(STATE_FOLDER, 0o700);
  const lock = await host.lock(LOCK);
  if (lock === undefined) return { status: "locked" };
  try {
    // The plan was shown before the lock was ours, and a person may have taken long to say yes.
    const moved = staleness(plan, await input.replan());
    if (moved.length > 0) return { status: "stale", moved };
    return await carryOut(input, Journal.open(host, plan, input.now));
  } finally {
    await lock.release();
  }
}

async function carryOut(
  { plan, host, replan, observe, signal, now }: ApplyInput,
  journal: Journal,
): Promise<ApplyOutcome> {
  observe({ kind: "apply-started", journal: journal.folder, steps: plan.steps.length });
  let commandsRan = false;
  for (const [done, step] of plan.steps.entries()) {
    if (signal.aborted) {
      journal.note({ event: "interrupted" });
      observe({ kind: "interrupted", after: done });
      return { status: "interrupted", journal: journal.folder, done, left: plan.steps.length - done };
    }
    const started = now().getTime();
    const seconds = (): number => Math.max(0, now().getTime() - started) / 1000;
    observe({ kind: "step-started", step });
    const failure = await attemptStep(step, {
      host,
      journal,
      replan,
      commandsRan,
      later: plan.steps.slice(done + 1),
    });
    const log = step.kind === "exec" ? { log: journal.log(step) } : {};
    if (failure !== undefined) {
      const { why, tail } = failure;
      noteFailure(journal, step, why);
      observe({
        kind: "step-failed",
        step,
        seconds: seconds(),
        why,
        ...log,
        ...(tail === undefined ? {} : { tail }),
      });
      const hint = `mend the cause, then run "hostcfg apply" again: it does what is left`;
      return { status: "failed", journal: journal.folder, step: step.id, why, hint };
    }
    commandsRan ||= step.kind === "exec";
    observe({ kind: "step-done", step, seconds: seconds(), ...log });
  }
  journal.note({ event: "applied" });
  return { status: "applied", journal: journal.folder, steps: plan.steps.length };
}

interface Failure {
  readonly why: string;
  readonly tail?: string;
}

interface StepContext {
  readonly host: Host;
  readonly journal: Journal;
  readonly replan: () => Promise<Plan>;
  readonly commandsRan: boolean;
  readonly later: readonly Step[];
}

async function attemptStep(step: Step, context: StepContext): Promise<Failure | undefined> {
  const { host, journal } = context;
  try {
    journal.note({ event: "step-started", step: step.id });
    journal.keepPreImages(step);
    const failure = step.kind === "exec" ? await runCommand(step, context) : replacePath(step, context);
    if (failure === undefined) journal.note({ event: "step-done", step: step.id });
    return failure;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { why: error.message };
  } finally {
    if (step.kind === "exec") removeInputs(host, step);
  }
}

function replacePath(step: Exclude<Step, ExecStep>, { host, commandsRan }: StepContext): Failure | undefined {
  const reader = host.reader();
  const there = fingerprint(reader, step.path);
  // A package's own scripts may have moved the link or written the file that the plan then sets right; before
  // any command ran, a difference is somebody else's work.
  if (!commandsRan && !sameFingerprint(there, step.expect)) {
    return { why: `${step.path} is not as it was when the plan was made` };
  }
  if (step.kind === "symlink") {
    host.symlink(step.path, step.target);
  } else {
    const owner =
      there.kind === "file" ? { mode: there.mode, uid: there.uid, gid: there.gid } : { mode: 0o644 };
    host.makeFolder(posix.dirname(step.path), 0o755);
    host.writeFile(step.path, step.content, owner);
  }
  return undefined;
}

async function runCommand(
  step: ExecStep,
  { host, journal, replan, later }: StepContext,
): Promise<Failure | undefined> {
  const argv = importInputs(host, step);
  if ("why" in argv) return argv;
  const outcome = await host.exec(argv, { log: journal.log(step), timeoutSeconds: step.timeoutSeconds });
  const [program = ""] = step.argv;
  const failure = failureOf(program, outcome, step.timeoutSeconds);
  if (failure !== undefined) return failure;
  for (const folder of step.flushes) host.flush(folder);

  // It says that it did it. The host itself knows better.
  const plan = await replan();
  const error = plan.diagnostics.find(({ severity }) => severity === "error");
  if (error !== undefined)
    return { why: `${program} ended well, but now ${error.summary}`, ...tailOf(outcome) };
  const open = plan.changes.find(
    ({ address }) => step.serves.includes(address) && !later.some((other) => other.serves.includes(address)),
  );
  if (open === undefined) return undefined;
  return {
    why: `${program} ended well, but did not do it: ${open.address}: ${open.reason}`,
    ...tailOf(outcome),
  };
}

function failureOf(program: string, outcome: ExecOutcome, timeoutSeconds: number): Failure | undefined {
  switch (outcome.kind) {
    case "exited":
      return outcome.exitCode === 0
        ? undefined
        : { why: `${program} exited with ${outcome.exitCode}`, tail: outcome.tail };
    case "killed":
      return { why: `${program} was killed by ${outcome.signal}`, tail: outcome.tail };
    case "timed-out":
      return { why: `${program} did not end within ${timeoutSeconds} s and was stopped`, tail: outcome.tail };
    case "not-run":
      return { why: outcome.why };
  }
}

function tailOf(outcome: ExecOutcome): { tail?: string } {
  return outcome.kind === "not-run" ? {} : { tail: outcome.tail };
}

/**
 * Copies the command's input files into a folder that only root can write, and checks the digest of
 * the copy: nobody can exchange a file between the check and the command.
 */
function importInputs(host: Host, step: ExecStep): readonly string[] | Failure {
  const copies = new Map<string, string>();
  if (step.inputs.length > 0) host.makeFolder(INPUTS, 0o700);
  for (const input of step.inputs) {
    const copy = inputCopy(input.path);
    const { sha256 } = host.importFile(input.path, copy);
    if (sha256 !== input.sha256) return { why: `${input.path} was changed since the plan was made` };
    copies.set(input.path, copy);
  }
  return step.argv.map((argument) => copies.get(argument) ?? argument);
}

function removeInputs(host: Host, step: ExecStep): void {
  for (const input of step.inputs) {
    if (host.reader().lstat(inputCopy(input.path)) !== undefined) host.remove(inputCopy(input.path));
  }
}

function inputCopy(path: string): string {
  return posix.join(INPUTS, posix.basename(path));
}

/** A journal that cannot be written any more must not hide why the step failed. */
function noteFailure(journal: Journal, step: Step, why: string): void {
  try {
    journal.note({ event: "step-failed", step: step.id, why });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}

function fingerprint(reader: Reader, path: string): Fingerprint {
  const stat = reader.lstat(path);
  const target = reader.readLink(path);
  if (target !== undefined) return { kind: "symlink", target };
  const content = stat?.kind === "file" ? reader.readFile(path) : undefined;
  if (stat === undefined || content === undefined) return { kind: "absent" };
  const { mode, uid, gid } = stat;
  return { kind: "file", sha256: createHash("sha256").update(content).digest("hex"), mode, uid, gid };
}

function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  if (a.kind === "symlink" && b.kind === "symlink") return a.target === b.target;
  if (a.kind === "file" && b.kind === "file") {
    return a.sha256 === b.sha256 && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
  }
  return a.kind === "absent" && b.kind === "absent";
}
