import type { Change, Diagnostic } from "../model/index.ts";
import type { Tried } from "./loader.ts";
import { problem } from "./problem.ts";

/** Of the change that keeps what booted before as the default, and of the one that chooses what is tried. */
export const TRIAL_BEFORE = "trial.before";
export const TRIAL_ONCE = "trial.once";

export function refusedTrial(diagnostics: readonly Diagnostic[]): Tried {
  return { opening: [], steps: [], closing: [], changes: [], diagnostics };
}

/** That what booted before is the default until the trial ends. */
export function beforeChange(release: string): Change {
  return {
    address: TRIAL_BEFORE,
    action: "create",
    before: null,
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

export function onceTaken(by: string): Diagnostic {
  return problem(
    "trial-refused",
    `the next boot is chosen already: ${by}`,
    "reboot first, or take that choice back: sudo bootctl set-oneshot '', or sudo grub-editenv - unset next_entry",
  );
}
