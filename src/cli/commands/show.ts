import type { Call, Command } from "../command.ts";
import { usageOf } from "../command.ts";
import { needRoot } from "../approval.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { historyOf, namedEntry } from "../history-entry.ts";
import { printResult } from "../print.ts";
import { rootOf, targetOf } from "../target.ts";
import { recordDocument, renderRecord } from "../views/record.ts";

export const show: Command = {
  name: "show",
  argument: "ID",
  summary: "show the record of one apply: its changes, how far each step came, its logs",
  options: ["root"],
  refused: { capture: "a capture holds no records of applies" },
  about: `Shows the record of one apply or undo: its changes with their reasons, how far each step
came, where the output of its commands is, and what was at each path before it.

ID is the number that hostcfg history lists; leading zeros may be left out.`,
  exits: [
    [EXIT.ok, "shown"],
    [EXIT.error, "there is no such record, or it cannot be read"],
  ],
  examples: [
    ["why did the apply stop?", "sudo hostcfg show 3"],
    ["what it changed, for a program", "sudo hostcfg show 0003 --json"],
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { argument, engine } = call;
  if (argument === undefined) {
    throw new Failure("unknown-apply", "show needs the number of an apply", {
      hint: "hostcfg history lists them",
      usage: usageOf(call.command),
    });
  }
  const target = await targetOf(call);
  needRoot(call, target, "reading what was applied to this host");
  const opened = call.open(target);
  const entry = namedEntry(await historyOf(call, opened), argument);
  const document = recordDocument(entry, await engine.readPreImages(opened.reader(), entry));
  await printResult(call, document, () => renderRecord(document, call.style, rootOf(call)));
  return EXIT.ok;
}
