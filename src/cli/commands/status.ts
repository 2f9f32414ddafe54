import { needRoot } from "../approval.ts";
import type { Call } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { historyOf } from "../history-entry.ts";
import { printResult } from "../print.ts";
import { targetOf } from "../target.ts";
import { VERSION } from "../version.ts";
import type { StatusDocument } from "../views/host-status.ts";
import { renderHostStatus, statusDocument } from "../views/host-status.ts";

/** As verify has them. */
const EXIT_OF: Readonly<Record<StatusDocument["status"], number>> = {
  satisfied: EXIT.ok,
  unsatisfied: EXIT.unsatisfied,
  pending: EXIT.rebootPending,
  unknown: EXIT.unknown,
};

export async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "reading what hostcfg keeps of this host");
  const opened = call.io.open(target);
  const history = await historyOf(call, opened);
  const document = statusDocument(await call.engine.readStatus(opened.reader(), history), VERSION);
  await printResult(call, document, () => renderHostStatus(document, call.style));
  return EXIT_OF[document.status];
}
