import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Takes an apply back: the newest one that is not taken back yet, or the one that is named by
its number (hostcfg history). It shows the plan, asks, and carries it out as apply does, with
a record of its own. Only the answer "yes" is accepted; --auto-approve stands for it.

Each file is put back to the byte, with mode and owner; links and what was not there as well.
Initrds and ESPs that the apply made from settings are made anew, and holds are taken back.
Where a path was changed since, by a person or a later apply, nothing is done, and the plan
says which path. An undo that was cut is finished by running it again; what is as before is
left alone, so a second undo does nothing.

Packages stay, unless --packages says that those go which the apply installed: never the
kernel that runs or boots next, and never the last one that could boot.`,
  exits: [
    [EXIT.ok, "everything is as it was before the apply, or --plan-only showed how"],
    [EXIT.error, "not approved, not possible as the host is now, or a step failed"],
    [EXIT.locked, "another apply, dpkg or apt is at work on this host; nothing was changed"],
    [EXIT.interrupted, "stopped by ^C or a signal after the running step"],
  ],
  examples: [
    ["what would it do? (changes nothing)", "sudo hostcfg undo --plan-only"],
    ["take the newest apply back, after a question", "sudo hostcfg undo"],
    ["take a certain one back, with the packages that it installed", "sudo hostcfg undo 3 --packages"],
  ],
};
