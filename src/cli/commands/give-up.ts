import { needRoot } from "../approval.ts";
import { carryOut, needApproval } from "../carry-out.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { targetOf } from "../target.ts";
import { neededTrial, reboot } from "../trial.ts";
import { undoLook } from "../undo-look.ts";

export const giveUp: Command = {
  name: "give-up",
  summary: "take a trial back, before its boot, in it or after it",
  options: [
    "root",
    "chroot",
    "reboot",
    "plan-only",
    "details",
    "auto-approve",
    "lock-timeout",
    "keep-journals",
  ],
  refused: {
    capture: "give-up changes a machine, and a capture is only the record of one",
  },
  about: `Takes the trial (hostcfg try) back to the byte, as hostcfg undo does: before its boot
nothing is chosen for the next boot any more; in it or after it the boot loader's own default
is as it was before. Packages that it installed stay (hostcfg undo --packages).

In the trial's own boot the host still runs what was tried: reboot, or give --reboot.`,
  exits: [
    [EXIT.ok, "everything is as it was before the trial, or --plan-only showed how"],
    [EXIT.error, "there is no trial, not approved, not possible as the host is now, or a step failed"],
    [EXIT.locked, "another apply, dpkg or apt is at work on this host; nothing was changed"],
    [EXIT.interrupted, "stopped by ^C or a signal after the running step"],
  ],
  examples: [
    ["go back now", "sudo hostcfg give-up --auto-approve --reboot"],
    ["what would it do? (changes nothing)", "sudo hostcfg give-up --plan-only"],
  ],
  run: (call) => takeBack(call),
};

export async function takeBack(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "taking a trial back on this host");
  needApproval(call);
  const opened = call.open(target);
  const { trial, undoneWith } = await neededTrial(call, opened);
  return carryOut(
    call,
    { target, opened },
    {
      look: () => undoLook(call, opened, undoneWith.id),
      notApplyable: `trial ${trial.id} cannot be taken back as the host is now; nothing was changed`,
      ...(call.options.reboot && target.kind === "host" ? { then: () => reboot(opened) } : {}),
    },
  );
}
