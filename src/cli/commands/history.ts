import type { Call } from "../command.ts";
import { needRoot } from "../approval.ts";
import { EXIT } from "../exit-codes.ts";
import { historyOf } from "../history-entry.ts";
import { printResult } from "../print.ts";
import { targetOf } from "../target.ts";
import { historyDocument, renderHistory } from "../views/history.ts";

export async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "reading what was applied to this host");
  const document = historyDocument(await historyOf(call, call.io.open(target)));
  await printResult(call, document, () => renderHistory(document, call.style));
  return EXIT.ok;
}
