import type { Host } from "../host/host.ts";
import { HostError } from "../host/reader.ts";
import type { Fact, NextBoot, Plan, Step } from "../model/index.ts";
import { attemptStep } from "./step.ts";
import type { CheckBoot } from "../simulate/boot-watch.ts";
import { BootWatch, mends } from "../simulate/boot-watch.ts";
import type { ApplyEvent, ApplyOutcome } from "./events.ts";
import { commandOf } from "../journal/record.ts";
import { neededRecords } from "../journal/history.ts";
import type { JournalOptions } from "../journal/journal.ts";
import { STATE_FOLDER } from "../facts/state-folder.ts";
import { Journal, LOCK } from "../journal/journal.ts";
import type { Waited } from "./package-lock.ts";
import { LOCK_TIMEOUT_SECONDS, noteWaited, packageLocksOf, waitForPackageLocks } from "./package-lock.ts";
import { KeptPromise, doubtOf } from "./promise.ts";
import type { Failure } from "./perform.ts";
import { settleUnfinished } from "./settle.ts";
import { staleness } from "./staleness.ts";
import type { Timing } from "./timing.ts";
import { MONOTONIC } from "./timing.ts";

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
  /** The host's clock, for the journal's readers only: it may be wrong, and jump. */
  readonly now: () => Date;
  readonly timing?: Timing;
  /** How long it waits while another program works on the packages; {@link LOCK_TIMEOUT_SECONDS} when left out. */
  readonly lockTimeoutSeconds?: number;
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
    const waited = await waitForPackages(plan.steps, input);
    if (waited.kind === "interrupted") return await interruptedBefore(input);
    if (waited.kind === "busy") return { status: "busy", ...waited.busy, seconds: waited.seconds };
    // The plan was shown before the lock was ours, and a person may have taken long to say yes.
    const moved = staleness(plan, await input.replan());
    if (moved.length > 0) return { status: "stale", moved };
    // No boot hangs on what a task writes, and verify is of use on a broken host too.
    if (plan.task !== undefined) return await carryOut(input, openJournal(input), UNGUARDED);
    const boot = await input.checkBoot(true);
    if (boot.verdict === "broken" && input.evenIfBroken !== true && !mends(plan))
      return { status: "not-bootable", problems: boot.problems };
    const journal = openJournal(input);
    noteWaited(journal, waited);
    return await carryOut(input, journal, new BootWatch(input.checkBoot, boot));
  } finally {
    await lock.release();
  }
}

/** Before the first step, for then nothing has been done yet; what moved meanwhile is found by the plan made again. */
function waitForPackages(
  steps: readonly Step[],
  {
    host,
    signal,
    observe,
    timing = MONOTONIC,
    lockTimeoutSeconds: limitSeconds = LOCK_TIMEOUT_SECONDS,
  }: ApplyInput,
): Promise<Waited> {
  const locks = [...new Set(steps.flatMap(packageLocksOf))];
  return waitForPackageLocks(locks, { host, timing, signal, observe, limitSeconds });
}

async function interruptedBefore({ plan, replan, observe }: ApplyInput): Promise<ApplyOutcome> {
  observe({ kind: "interrupted", after: 0 });
  return { status: "interrupted", done: 0, left: plan.steps.length, nextBoot: await bootsNext(replan) };
}

const UNGUARDED: Pick<BootWatch, "brokenBy"> = { brokenBy: () => Promise.resolve(undefined) };

function openJournal({ plan, host, now, journal = {} }: ApplyInput): Journal {
  return Journal.open(host, plan, now, { ...journal, needed: neededRecords(host.reader()) });
}

async function carryOut(
  input: ApplyInput,
  journal: Journal,
  watch: Pick<BootWatch, "brokenBy">,
): Promise<ApplyOutcome> {
  const { plan, host, replan, observe, signal, timing = MONOTONIC } = input;
  observe({ kind: "apply-started", journal: journal.folder, steps: plan.steps.length });
  const foreseen = new Set(plan.changes.map(({ address }) => address));
  const lost = (path: string, why: string): void => {
    noteIfPossible(journal, { event: "attributes-lost", path, why });
    observe({ kind: "attributes-lost", path, why });
  };
  const promise = new KeptPromise({ ...input, journal, lost });
  let commandsRan = false;
  for (const [done, step] of plan.steps.entries()) {
    const waited: Waited = signal.aborted ? { kind: "interrupted" } : await waitForPackages([step], input);
    if (waited.kind === "interrupted") {
      if (done === 0) journal.discard();
      else noteIfPossible(journal, { event: "interrupted", left: journal.left() });
      observe({ kind: "interrupted", after: done });
      const left = plan.steps.length - done;
      return {
        status: "interrupted",
        ...(done === 0 ? {} : { journal: journal.folder }),
        done,
        left,
        nextBoot: await bootsNext(replan),
      };
    }
    const started = timing.seconds();
    const seconds = (): number => timing.seconds() - started;
    observe({ kind: "step-started", step });
    const failure = await attemptStep(step, {
      host,
      journal,
      replan,
      commandsRan,
      lost,
      later: plan.steps.slice(done + 1),
      foreseen,
      watch,
      promise,
      waited,
    });
    const log = step.kind === "exec" ? { log: journal.log(step) } : {};
    if (failure !== undefined) {
      const { why, tail } = failure;
      const untouched = done === 0 && changedNothing(step, failure, journal);
      if (untouched) journal.discard();
      else noteIfPossible(journal, { event: "step-failed", step: step.id, why, left: journal.left() });
      observe({
        kind: "step-failed",
        step,
        seconds: seconds(),
        why,
        ...(untouched ? {} : log),
        ...(tail === undefined ? {} : { tail }),
      });
      const hint = hintAfter(failure, plan, journal, "fix the cause");
      return {
        status: "failed",
        ...(untouched ? {} : { journal: journal.folder }),
        step: step.id,
        why,
        hint,
        nextBoot: await bootsNext(replan),
      };
    }
    commandsRan ||= step.kind === "exec";
    observe({ kind: "step-done", step, seconds: seconds(), ...log });
  }
  const undone = await notComeTrue(plan, commandsRan, replan, promise);
  if (undone !== undefined) {
    const { step, why } = undone;
    noteIfPossible(journal, { event: "step-failed", step, why, left: journal.left() });
    const hint = hintAfter(undone, plan, journal, `look at the logs in ${journal.folder}`);
    return {
      status: "failed",
      journal: journal.folder,
      step,
      why,
      hint,
      nextBoot: await bootsNext(replan),
    };
  }
  noteIfPossible(journal, { event: "applied", left: journal.left() });
  const doubt = plan.rebootNeeded ? await doubtAtEnd(input.checkBoot) : undefined;
  return {
    status: "applied",
    journal: journal.folder,
    steps: plan.steps.length,
    ...(doubt === undefined ? {} : { doubt }),
  };
}

/** All is done by then: a host that cannot be looked at is a doubt, and no failure. */
async function doubtAtEnd(checkBoot: CheckBoot): Promise<string | undefined> {
  try {
    return doubtOf(await checkBoot(false));
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return `whether it is safe to reboot is unknown: ${error.message}`;
  }
}

/** Of the first step: what changed nothing leaves no record, which every command would tell of. */
function changedNothing(step: Step, { notRun, broken }: Failure, journal: Journal): boolean {
  const mayHaveRun = step.kind === "exec" && notRun !== true && journal.record.kept[step.id] !== undefined;
  return broken !== true && !mayHaveRun && journal.isUntouched();
}

function hintAfter({ broken }: Failure, plan: Plan, { folder }: Journal, first: string): string {
  return broken === true
    ? `do not reboot yet: hostcfg check tells what is wrong; the old files are in ${folder}/before`
    : `${first}, then run "hostcfg ${commandOf({ ...plan, tries: plan.trial })}" again: it does what is left`;
}

/**
 * What of the plan did not come true although every step succeeded. Commands are checked right after they ran; a change
 * that a file written after them finishes is only judged here. And what boots next is compared with the promise.
 */
async function notComeTrue(
  { steps, changes, nextBoot, task }: Plan,
  commandsRan: boolean,
  replan: () => Promise<Plan>,
  promise: KeptPromise,
): Promise<(Failure & { readonly step: number }) | undefined> {
  const last = steps.at(-1);
  if (last === undefined) return undefined;
  const changesMatter = commandsRan && last.kind !== "exec";
  if (!changesMatter && (task !== undefined || !nextBoot.after.known)) return undefined;
  try {
    const now = await replan();
    const unlike = await promise.broken(now.nextBoot.before);
    const foreseen = new Set(changes.map(({ address }) => address));
    const open = changesMatter ? now.changes.find(({ address }) => foreseen.has(address)) : undefined;
    if (open === undefined) return unlike === undefined ? undefined : { ...unlike, step: last.id };
    const command = steps.findLast(({ kind, serves }) => kind === "exec" && serves.includes(open.address));
    const why = `every step succeeded, but one change is still open: ${open.address}: ${open.reason}`;
    const step = (command ?? last).id;
    return unlike === undefined ? { step, why } : { ...unlike, step, why: `${why}; ${unlike.why}` };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { step: last.id, why: error.message };
  }
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
