import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Lists what was applied and undone on this host, the newest first: its number, when and by
whom, how it ended, the digest of its spec, and what it changed.

The records stand in /var/lib/hostcfg/journal, which only root can read. The newest 50 are
kept; apply and undo clear older ones away (--keep-journals). A damaged record is listed
with what is wrong with it.`,
  exits: [
    [EXIT.ok, "listed, also when there is nothing to list"],
    [EXIT.error, "the records cannot be read"],
  ],
  examples: [
    ["what was done here?", "sudo hostcfg history"],
    ["the same of a mounted disk, for a program", "sudo hostcfg history --root /mnt --json"],
  ],
};
