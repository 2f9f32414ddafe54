import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Takes away the unit that hostcfg enable-verify has set up, and what starts it. It shows the
plan, asks, and carries it out as apply does, with a record that hostcfg undo takes back.

What the last verification found stays known to hostcfg status. A unit that hostcfg did not
write is left alone.`,
  exits: [
    [EXIT.ok, "done, nothing to do, or --plan-only showed what would be done"],
    [EXIT.error, "not approved, or a step failed"],
    [EXIT.locked, "another apply runs on this host"],
    [EXIT.interrupted, "stopped by ^C or a signal after the running step"],
  ],
  examples: [
    ["no longer verify at boot", "sudo hostcfg disable-verify"],
    ["what would it do? (changes nothing)", "sudo hostcfg disable-verify --plan-only"],
  ],
};
