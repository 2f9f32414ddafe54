import type { Bootability } from "../../model/index.ts";
import type { Call } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { printResult } from "../print.ts";
import { openTarget } from "../target.ts";
import { renderBootability } from "../views/bootability.ts";

const EXIT_OF: Readonly<Record<Bootability["verdict"], number>> = {
  bootable: EXIT.ok,
  broken: EXIT.unsatisfied,
  unknown: EXIT.unknown,
};

export async function run(call: Call): Promise<number> {
  const { engine } = call;
  const reader = (await openTarget(call)).reader();
  const found = await engine.checkBoot({ reader, state: await engine.probe(reader) });
  await printResult(call, { formatVersion: "1.0", ...found }, () => renderBootability(found, call.style));
  return EXIT_OF[found.verdict];
}
