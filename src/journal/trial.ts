import { JUDGE_WANTED } from "../boot/trial-files.ts";
import { markOf } from "../cmdline.ts";
import type { Reader } from "../host/reader.ts";
import type { Diagnostic, Running } from "../model/index.ts";
import type { HistoryEntry } from "./record.ts";
import { isFinished } from "./record.ts";

/** A trial that is neither kept nor taken back. */
export interface OpenTrial {
  readonly trial: HistoryEntry;
  /** Whose undo takes it back: keeping it, where that was begun, has changed the same paths after it. */
  readonly undoneWith: HistoryEntry;
}

/** The newest trial, where it is open, whether its apply came to its end or not. */
export function openTrial(history: readonly HistoryEntry[]): OpenTrial | undefined {
  const at = history.findLastIndex(({ tries }) => tries !== undefined);
  const newest = history[at];
  if (newest === undefined || newest.undoneBy !== undefined) return undefined;
  const isOver = history
    .slice(at + 1)
    .some((one) => isFinished(one) && (one.keeps === newest.id || isOrdinary(one)));
  if (isOver) return undefined;
  const keeping = history.findLast(({ keeps, undoneBy }) => keeps === newest.id && undoneBy === undefined);
  return { trial: newest, undoneWith: keeping ?? newest };
}

/**
 * The trial that the next boot decides about. What does so there is made before all else of a trial, and goes after all
 * else: where it is not there, the trial has not begun, or only the end of its record is missing.
 */
export function pendingTrial(
  reader: Pick<Reader, "lstat">,
  history: readonly HistoryEntry[],
): HistoryEntry | undefined {
  const open = openTrial(history);
  return reader.lstat(JUDGE_WANTED) === undefined ? undefined : open?.trial;
}

/** Whether it applied a spec, once and for all. */
export function isOrdinary({ task, undoes, keeps, tries }: HistoryEntry): boolean {
  return task === undefined && undoes === undefined && keeps === undefined && tries === undefined;
}

/** Whether it runs in this boot. */
export function isBootOf(trial: HistoryEntry, { bootId, cmdline }: Running): boolean {
  const isOfTry = bootId.known && bootId.value === trial.tries?.boot;
  return isFinished(trial) && !isOfTry && cmdline.known && markOf(cmdline.value) === "trial";
}

/** How it stands, one clause. */
export function describeTrial(trial: HistoryEntry, { bootId, cmdline }: Running): string {
  const about = trial.tries;
  const name = `trial ${trial.id}`;
  const isOfThisBoot = about !== undefined && bootId.known && bootId.value === about.boot;
  if (!isFinished(trial))
    return isOfThisBoot
      ? `${name} was interrupted: the same hostcfg try goes on; the next boot takes it back`
      : `${name} was interrupted, and is to be taken back: sudo hostcfg give-up`;
  if (isOfThisBoot) return `${name} waits for a reboot: it boots once`;
  if (cmdline.known && markOf(cmdline.value) === "trial")
    return about?.decides === "person"
      ? `${name} runs now, and waits for hostcfg keep: ${about.seconds} s after the start of this boot the host reboots`
      : `${name} runs now, and is being judged`;
  return `${name} is over, and is to be taken back: sudo hostcfg give-up`;
}

/** What every command says that could be mistaken about what boots next. */
export function trialWarning(trial: HistoryEntry, running: Running): Diagnostic {
  return {
    severity: "warning",
    code: "trial-undecided",
    summary: describeTrial(trial, running),
    hint: "keep it once it has booted: sudo hostcfg keep; take it back: sudo hostcfg give-up",
  };
}
