import { posix } from "node:path";
import type { ExecOutcome, FileAttributes, Host } from "../host/host.ts";
import { HostError } from "../host/reader.ts";
import type { CopyFileStep, ExecStep, Fact, NextBoot, Plan, Step } from "../model.ts";
import type { CheckBoot } from "./boot-guard.ts";
import { BootGuard, mends } from "./boot-guard.ts";
import type { ApplyEvent, ApplyOutcome } from "./events.ts";
import { fingerprint, sameFingerprint } from "./fingerprint.ts";
import { neededRecords } from "./history.ts";
import type { JournalOptions } from "./journal.ts";
import { INPUTS } from "./leftovers.ts";
import { STATE_FOLDER } from "../facts/state-folder.ts";
import { Journal, LOCK } from "./journal.ts";
import { settleUnfinished } from "./settle.ts";
import { staleness } from "./staleness.ts";

export interface ApplyInput {
  readonly plan: Plan;
  readonly host: Host;
  /** Probes the host and makes the plan of the same spec again. */
  readonly replan: () => Promise<Plan>;
  readonly checkBoot: CheckBoot;
  /** Touch a host that is broken although the plan does not mend it. */
  readonly evenIfBroken?: boolean;
  readonly observe: (event: ApplyEvent) => void;
  /** Aborted by a signal: the running step is finished, the next is not begun. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly journal?: JournalOptions;
}

/**
 * Carries out a plan, step by step, under the lock and with a journal. Once the first step has begun, whatever the host
 * does is an outcome with what to do next; before, a journal that cannot be written throws HostError. Applying again is
 * always the way on, for a new plan holds just what is left.
 */
export async function applyPlan(input: ApplyInput): Promise<ApplyOutcome> {
  const { plan, host } = input;
  if (!plan.applyable) throw new Error("a plan with errors cannot be applied");
  if (plan.steps.length === 0) {
    await settleUnfinished(input);
    return { status: "nothing-to-do" };
  }
  host.makeFolder(STATE_FOLDER, 0o700);
  const lock = await host.lock(LOCK);
  if (lock === undefined) return { status: "locked" };
  try {
    // The plan was shown before the lock was ours, and a person may have taken long to say yes.
    const moved = staleness(plan, await input.replan());
    if (moved.length > 0) return { status: "stale", moved };
    const boot = await input.checkBoot(true);
    if (boot.verdict === "broken" && input.evenIfBroken !== true && !mends(plan))
      return { status: "not-bootable", problems: boot.problems };
    return await carryOut(input, openJournal(input), new BootGuard(input.checkBoot, boot));
  } finally {
    await lock.release();
  }
}

function openJournal({ plan, host, now, journal = {} }: ApplyInput): Journal {
  return Journal.open(host, plan, now, { ...journal, needed: neededRecords(host.reader()) });
}

async function carryOut(
  { plan, host, replan, observe, signal, now }: ApplyInput,
  journal: Journal,
  guard: BootGuard,
): Promise<ApplyOutcome> {
  observe({ kind: "apply-started", journal: journal.folder, steps: plan.steps.length });
  const foreseen = new Set(plan.changes.map(({ address }) => address));
  let commandsRan = false;
  for (const [done, step] of plan.steps.entries()) {
    if (signal.aborted) {
      noteIfPossible(journal, { event: "interrupted", left: journal.left() });
      observe({ kind: "interrupted", after: done });
      const left = plan.steps.length - done;
      return {
        status: "interrupted",
        journal: journal.folder,
        done,
        left,
        nextBoot: await bootsNext(replan),
      };
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
      foreseen,
      guard,
    });
    const log = step.kind === "exec" ? { log: journal.log(step) } : {};
    if (failure !== undefined) {
      const { why, tail } = failure;
      noteIfPossible(journal, { event: "step-failed", step: step.id, why, left: journal.left() });
      observe({
        kind: "step-failed",
        step,
        seconds: seconds(),
        why,
        ...log,
        ...(tail === undefined ? {} : { tail }),
      });
      const hint =
        failure.broken === true
          ? `do not reboot yet: hostcfg check tells what is wrong, and ${journal.folder}/before holds what stood there before`
          : `mend the cause, then run "hostcfg apply" again: it does what is left`;
      return {
        status: "failed",
        journal: journal.folder,
        step: step.id,
        why,
        hint,
        nextBoot: await bootsNext(replan),
      };
    }
    commandsRan ||= step.kind === "exec";
    observe({ kind: "step-done", step, seconds: seconds(), ...log });
  }
  const undone = commandsRan ? await leftOpen(plan, replan) : undefined;
  if (undone !== undefined) {
    noteIfPossible(journal, { event: "step-failed", ...undone, left: journal.left() });
    const hint = `look at the logs in ${journal.folder}, then run "hostcfg apply" again: it does what is left`;
    return {
      status: "failed",
      journal: journal.folder,
      ...undone,
      hint,
      nextBoot: await bootsNext(replan),
    };
  }
  noteIfPossible(journal, { event: "applied", left: journal.left() });
  return { status: "applied", journal: journal.folder, steps: plan.steps.length };
}

/**
 * A change that a file written after a command should have brought to its end is not judged by the command; so what
 * is still open when the last step is a file is somebody's lie.
 */
async function leftOpen(
  { steps, changes }: Plan,
  replan: () => Promise<Plan>,
): Promise<{ step: number; why: string } | undefined> {
  const last = steps.at(-1);
  if (last === undefined || last.kind === "exec") return undefined;
  const foreseen = new Set(changes.map(({ address }) => address));
  const open = await replan().then(
    (plan) => plan.changes.find(({ address }) => foreseen.has(address)),
    (error: unknown) => {
      if (error instanceof HostError) return error;
      throw error;
    },
  );
  if (open === undefined) return undefined;
  if (open instanceof HostError) return { step: last.id, why: open.message };
  const command = steps.findLast(({ kind, serves }) => kind === "exec" && serves.includes(open.address));
  return {
    step: (command ?? last).id,
    why: `every step ended well, but one did not do it: ${open.address}: ${open.reason}`,
  };
}

interface Failure {
  readonly why: string;
  readonly tail?: string;
  /** The step did its work, but the host would not come up with it. */
  readonly broken?: true;
}

interface StepContext {
  readonly host: Host;
  readonly journal: Journal;
  readonly replan: () => Promise<Plan>;
  readonly commandsRan: boolean;
  readonly later: readonly Step[];
  /** Addresses of the plan's changes. */
  readonly foreseen: ReadonlySet<string>;
  readonly guard: BootGuard;
}

async function attemptStep(step: Step, context: StepContext): Promise<Failure | undefined> {
  const { host, journal } = context;
  try {
    journal.note({ event: "step-started", step: step.id });
    journal.keepPreImages(step);
    const failure = step.kind === "exec" ? await runCommand(step, context) : await replacePath(step, context);
    if (failure !== undefined) return failure;
    journal.done(step);
    const broken = await context.guard.brokenBy(step, context.later.length === 0);
    return broken === undefined ? undefined : { why: broken, broken: true };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { why: error.message };
  } finally {
    if (step.kind === "exec") removeInputs(host, step);
  }
}

async function replacePath(planned: ReplaceStep, context: StepContext): Promise<Failure | undefined> {
  const { host, commandsRan } = context;
  let step = planned;
  let there = fingerprint(host.reader(), planned.path);
  if (!sameFingerprint(there, planned.expect)) {
    const moved = { why: `${planned.path} is not as it was when the plan was made` };
    // Before any command ran, a difference is somebody else's work. After one, it may be a package's own script that
    // moved the link or wrote the file: then the plan as it would be made now says what is to be there.
    if (!commandsRan) return moved;
    const fresh = (await context.replan()).steps.find(
      ({ kind, serves }) => kind === planned.kind && same(serves, planned.serves),
    );
    if (fresh === undefined) return undefined;
    if (fresh.kind === "exec" || fresh.path !== planned.path) return moved;
    step = fresh;
    there = fingerprint(host.reader(), step.path);
    if (!sameFingerprint(there, step.expect)) return moved;
  }
  if (step.kind === "restore") {
    const { mode, uid, gid } = step;
    host.makeFolder(posix.dirname(step.path), 0o755);
    host.writeFile(step.path, Buffer.from(step.base64, "base64"), { mode, uid, gid });
    return undefined;
  }
  const kept = there.kind === "file" ? { mode: there.mode, uid: there.uid, gid: there.gid } : { mode: 0o644 };
  const attributes =
    step.kind === "writeFile" && step.mode !== undefined ? { ...kept, mode: step.mode } : kept;
  switch (step.kind) {
    case "symlink":
      host.symlink(step.path, step.target);
      return undefined;
    case "remove":
      // An undo that was cut may have left no more than the folder.
      if (there.kind !== "absent") host.remove(step.path);
      for (const folder of step.folders ?? []) {
        if (host.reader().list(folder)?.length === 0) host.removeFolder(folder);
      }
      return undefined;
    case "writeFile":
      host.makeFolder(posix.dirname(step.path), 0o755);
      host.writeFile(step.path, step.content, attributes);
      return undefined;
    case "copyFile":
      host.makeFolder(posix.dirname(step.path), 0o755);
      return copy(step, attributes, host);
  }
}

/** Read back, for the ESP of a machine is often its worst disk. */
function copy(step: CopyFileStep, attributes: FileAttributes, host: Host): Failure | undefined {
  const { sha256 } = host.copyFile(step.from, step.path, attributes);
  if (step.sha256 !== undefined && step.sha256 !== sha256)
    return { why: `${step.from} was changed since the plan was made` };
  return host.reader().digest(step.path)?.sha256 === sha256
    ? undefined
    : { why: `${step.path} does not hold what was copied from ${step.from}` };
}

type ReplaceStep = Exclude<Step, ExecStep>;

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}

async function runCommand(
  step: ExecStep,
  { host, journal, replan, later, foreseen }: StepContext,
): Promise<Failure | undefined> {
  const argv = importInputs(host, step);
  if ("why" in argv) return argv;
  const outcome = await host.exec(argv, { log: journal.log(step), timeoutSeconds: step.timeoutSeconds });
  const [program = ""] = step.argv;
  // Also after a failure: what it left half done is what the next boot finds.
  for (const folder of outcome.kind === "not-run" ? [] : step.flushes) host.flush(folder);
  const failure = failureOf(program, outcome, step.timeoutSeconds);
  if (failure !== undefined) return failure;
  journal.note({ event: "command-ended", step: step.id });

  // It says that it did it. The host itself knows better.
  const plan = await replan();
  const error = plan.diagnostics.find(({ severity }) => severity === "error");
  if (error !== undefined)
    return { why: `${program} ended well, but now ${error.summary}`, ...tailOf(outcome) };
  const defect = plan.changes.find(({ address }) => address === "kernel.initrd");
  if (defect !== undefined && !foreseen.has(defect.address))
    return {
      why: `${program} ended well, but left an initrd to be made: ${defect.reason}`,
      ...tailOf(outcome),
    };
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
  for (const [index, input] of step.inputs.entries()) {
    const copy = inputCopy(index, input.path);
    const { sha256 } = host.importFile(input.path, copy);
    if (sha256 !== input.sha256) return { why: `${input.path} was changed since the plan was made` };
    copies.set(input.path, copy);
  }
  return step.argv.map((argument) => copies.get(argument) ?? argument);
}

/** A copy that cannot be removed is cleared away by the next apply, and hides nothing now. */
function removeInputs(host: Host, step: ExecStep): void {
  for (const [index, input] of step.inputs.entries()) {
    try {
      if (host.reader().lstat(inputCopy(index, input.path)) !== undefined)
        host.remove(inputCopy(index, input.path));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }
}

/** Two packages may have one file name in two folders. */
function inputCopy(index: number, path: string): string {
  return posix.join(INPUTS, `${index + 1}-${posix.basename(path)}`);
}

/** What is done is done: a journal that cannot be written any more must not hide how it ended. */
function noteIfPossible(journal: Journal, entry: Parameters<Journal["note"]>[0]): void {
  try {
    journal.note(entry);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}

async function bootsNext(replan: () => Promise<Plan>): Promise<Fact<NextBoot>> {
  try {
    return (await replan()).nextBoot.before;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { known: false, why: error.message };
  }
}
