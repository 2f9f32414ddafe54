import type { Call } from "../command.ts";
import { needRoot } from "../approval.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { historyOf, namedEntry } from "../history-entry.ts";
import { printResult } from "../print.ts";
import { rootOf, targetOf } from "../target.ts";
import { recordDocument, renderRecord } from "../views/record.ts";

export async function run(call: Call): Promise<number> {
  const { argument, engine, io } = call;
  if (argument === undefined) {
    throw new Failure("unknown-apply", "show needs the number of an apply", {
      hint: "hostcfg history lists them",
      usage: "hostcfg show ID [options]",
    });
  }
  const target = await targetOf(call);
  needRoot(call, target, "reading what was applied to this host");
  const opened = io.open(target);
  const entry = namedEntry(await historyOf(call, opened), argument);
  const document = recordDocument(entry, await engine.readPreImages(opened.reader(), entry.id));
  await printResult(call, document, () => renderRecord(document, call.style, rootOf(call)));
  return EXIT.ok;
}
