import { markOf } from "../cmdline.ts";
import type { HistoryEntry } from "../journal/record.ts";
import { isFinished } from "../journal/record.ts";
import type { Running } from "../model/index.ts";

/** What is to be done about a trial in this boot. */
export type AtBoot =
  | { readonly does: "nothing"; readonly why: string }
  /** This boot is the trial's, and verify decides. */
  | { readonly does: "judge"; readonly seconds: number }
  /** The trial is over: what booted before boots again, or is to boot, where the trial has booted all the same. */
  | { readonly does: "take-back"; readonly why: string; readonly reboots: boolean };

/** Pure. */
export function atBoot(trial: HistoryEntry | undefined, { bootId, cmdline }: Running): AtBoot {
  const about = trial?.tries;
  if (trial === undefined || about === undefined) return { does: "nothing", why: "no trial is pending" };
  if (bootId.known && bootId.value === about.boot)
    return { does: "nothing", why: `trial ${trial.id} was made in this boot, and waits for the next one` };
  const mark = cmdline.known ? markOf(cmdline.value) : undefined;
  if (mark !== "trial")
    return {
      does: "take-back",
      why: mark === "before" ? "what booted before boots again" : "another entry was booted",
      reboots: false,
    };
  if (!isFinished(trial))
    return { does: "take-back", why: "it was interrupted before it could be tried", reboots: true };
  return about.decides === "person"
    ? { does: "nothing", why: `trial ${trial.id} waits for a person: sudo hostcfg keep` }
    : { does: "judge", seconds: about.seconds };
}
