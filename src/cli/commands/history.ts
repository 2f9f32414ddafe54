import type { Call, Command } from "../command.ts";
import { needRoot } from "../approval.ts";
import { EXIT } from "../exit-codes.ts";
import { historyOf } from "../history-entry.ts";
import { printResult } from "../print.ts";
import { targetOf } from "../target.ts";
import { historyDocument, renderHistory } from "../views/history.ts";

export const history: Command = {
  name: "history",
  summary: "list what was applied: who, when, how it ended, what it changed",
  options: ["root"],
  refused: { capture: "a capture holds no records of applies" },
  about: `Lists what was applied and undone on this host, the newest first: its number, when and by
whom, how it ended, the digest of its spec, and what it changed.

The records are in /var/lib/hostcfg/journal, which only root can read. The newest 50 are
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
  run,
};

async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "reading what was applied to this host");
  const document = historyDocument(await historyOf(call, call.open(target)));
  await printResult(call, document, () => renderHistory(document, call.style));
  return EXIT.ok;
}
