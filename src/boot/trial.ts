import type { Change } from "../model/index.ts";
import type { Tried } from "./loader.ts";
import { problem } from "./problem.ts";

/** Of the change that keeps what booted before as the default, and of the one that chooses what is tried. */
export const TRIAL_BEFORE = "trial.before";
export const TRIAL_ONCE = "trial.once";

/** A plan that cannot be tried. `why` is one clause. */
export function refusedTrial(why: string, hint = "sudo hostcfg apply SPEC"): Tried {
  const refused = problem("trial-refused", `this plan cannot be tried: ${why}`, hint);
  return { opening: [], steps: [], closing: [], changes: [], diagnostics: [refused] };
}

export const UNTOLD = "what would boot after an apply cannot be told";
export const CUT_FIRST = ["an apply was interrupted, and is to be finished first"] as const;
/** The return has to be known to be good: what boots next has booted, with the same options. */
export const UNPROVEN = [
  "this boot is not what boots next, so it is not known that a return to that would come up",
  "reboot first, then try",
] as const;

/** That what booted before is the default until the trial ends; `isNew` where nothing was put aside before. */
export function beforeChange(release: string, isNew = true): Change {
  return {
    address: TRIAL_BEFORE,
    action: isNew ? "create" : "update",
    before: isNew ? null : "what booted before an earlier apply",
    after: `${release}, as it boots now`,
    reason: "it stays the default until the trial is kept: copies of its kernel and initrd, with its options",
    effect: "now",
  };
}

/** That what is tried boots once. */
export function onceChange(release: string): Change {
  return {
    address: TRIAL_ONCE,
    action: "create",
    before: null,
    after: `${release}, at the next boot only`,
    reason:
      "the boot loader forgets the choice as soon as it has read it: any boot after that is the one of before",
    effect: "next-boot",
  };
}

export function onceTaken(
  by: string,
  back = "sudo bootctl set-oneshot '', or sudo grub-editenv - unset next_entry",
): Tried {
  return refusedTrial(
    `the next boot is chosen already: ${by}`,
    `reboot first, or take that choice back: ${back}`,
  );
}
