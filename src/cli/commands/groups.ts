import type { Call } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { printResult } from "../print.ts";
import { openTarget } from "../target.ts";
import { renderGroups } from "../views/groups.ts";

export async function run(call: Call): Promise<number> {
  const opened = await openTarget(call);
  const report = await call.engine.groupsReport(await call.engine.probe(opened.reader()));
  await printResult(call, report, () => renderGroups(report, call.style));
  return EXIT.ok;
}
