import type { Change, Diagnostic, NextBoot } from "../model/index.ts";
import { problem } from "./problem.ts";

/** The id of the entry that hostcfg keeps of what booted before an apply. */
export const WAY_BACK_ID = "hostcfg-way-back";
/** The id of the entry that a trial boots once. */
export const TRIAL_ID = "hostcfg-trial";
/** Holds GRUB's copies of what booted before a trial; 10_linux lists what is in /boot itself only. */
export const WAY_BACK_FOLDER = "/boot/hostcfg/way-back";
/** Of the change that makes it, and of the one that gives the default back. */
export const WAY_BACK_ADDRESS = "bootLoader.wayBack";

/** That what boots now is kept in the menu; `isNew` where nothing was kept before. */
export function wayBackChange(isNew: boolean, after: string, reason: string): Change {
  return {
    address: WAY_BACK_ADDRESS,
    action: isNew ? "create" : "update",
    before: isNew ? null : "what booted before an earlier apply",
    after,
    reason,
    effect: "now",
  };
}

/** That the default which stood in as long as an apply was at work goes, after one that was cut. */
export function givenBackChange(): Change {
  return {
    address: WAY_BACK_ADDRESS,
    action: "update",
    before: "boots next",
    after: "in the boot menu",
    reason: "an apply was interrupted before it restored the default",
    effect: "next-boot",
  };
}

/** Warns where the boot menu has nothing to go back to once `target` is what boots. */
export function noFallback(after: NextBoot, target: string): Diagnostic[] {
  if (after.fallback.known && after.fallback.value !== target) return [];
  const has = after.fallback.known
    ? `its entry for an older kernel will also hold ${target}`
    : after.fallback.why;
  return [
    {
      ...problem(
        "no-fallback",
        `the boot menu will offer no other kernel than ${target}: ${has}`,
        "keep a live USB stick at hand for this reboot",
      ),
      severity: "warning",
    },
  ];
}
