import { markOf } from "../cmdline.ts";
import type { Diagnostic, Running } from "../model/index.ts";
import type { HistoryEntry } from "./record.ts";
import { isFinished } from "./record.ts";

/** The newest trial, where it is neither kept nor taken back, whether its apply came to its end or not. */
export function pendingTrial(history: readonly HistoryEntry[]): HistoryEntry | undefined {
  const newest = history.findLast(({ tries }) => tries !== undefined);
  if (newest === undefined || newest.undoneBy !== undefined) return undefined;
  const isKept = history.some((one) => one.keeps === newest.id && isFinished(one));
  return isKept ? undefined : newest;
}

/** How it stands, one clause. */
export function describeTrial(trial: HistoryEntry, { bootId, cmdline }: Running): string {
  const about = trial.tries;
  const name = `trial ${trial.id}`;
  if (!isFinished(trial))
    return `${name} was interrupted: the same hostcfg try goes on; the next boot is the one of before, and takes it back`;
  if (about !== undefined && bootId.known && bootId.value === about.boot)
    return `${name} waits for a reboot: it boots once`;
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
