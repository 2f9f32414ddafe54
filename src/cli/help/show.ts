import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Shows the record of one apply or undo: its changes with their reasons, how far each step
came, where the output of its commands is, and what stood at each path before it.

ID is the number that hostcfg history lists; leading zeros may be left out.`,
  exits: [
    [EXIT.ok, "shown"],
    [EXIT.error, "there is no such record, or it cannot be read"],
  ],
  examples: [
    ["why did the apply stop?", "sudo hostcfg show 3"],
    ["what it changed, for a program", "sudo hostcfg show 0003 --json"],
  ],
};
