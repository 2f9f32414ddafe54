import { needRoot } from "../approval.ts";
import { carryOut, needApproval } from "../carry-out.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { historyOf, namedEntry, newestToUndo } from "../history-entry.ts";
import { shellWords } from "../shell-words.ts";
import { targetOf } from "../target.ts";
import { undoLook } from "../undo-look.ts";

export const undo: Command = {
  name: "undo",
  argument: "[ID]",
  summary: "take an apply back to the byte, the newest one when none is named",
  options: [
    "root",
    "chroot",
    "packages",
    "plan-only",
    "details",
    "auto-approve",
    "lock-timeout",
    "keep-journals",
  ],
  refused: {
    capture: "undo changes a machine, and a capture is only the record of one",
    out: "an undo is not saved; to see what it would do: hostcfg undo --plan-only",
  },
  about: `Takes an apply back: the newest one that is not taken back yet, or the one that is named by
its number (hostcfg history). It shows the plan, asks, and carries it out as apply does, with
a record of its own. Only the answer "yes" is accepted; --auto-approve stands for it.

Each file is put back to the byte, with mode and owner; links too. New files are removed.
Initrds and ESPs that the apply made from settings are made again, and holds are taken back.
Applies before it that did not come to their end are taken back with it. Where a part of the
record is missing or was altered, or a path was changed since, by a person or a later apply,
nothing is done, and the plan says which path. An undo that was cut is finished by running it
again; what is as before is left alone, so a second undo does nothing.

Packages stay. --packages removes those that the apply installed, but never the kernel that
runs or boots next, and never the last one that could boot.`,
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
  run,
};

async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "undoing what was applied to this host");
  needApproval(call);
  const opened = call.open(target);
  const history = await historyOf(call, opened);
  const entry = call.argument === undefined ? newestToUndo(history) : namedEntry(history, call.argument);
  if (entry.plan === undefined) {
    throw new Failure("damaged-record", `apply ${entry.id} cannot be undone: ${entry.damage.join("; ")}`, {
      hint: `what is left of its record: ${shellWords(["hostcfg", "show", entry.id])}`,
    });
  }
  return carryOut(
    call,
    { target, opened },
    {
      look: () => undoLook(call, opened, entry.id),
      notApplyable: `apply ${entry.id} cannot be undone as the host is now; nothing was changed`,
    },
  );
}
