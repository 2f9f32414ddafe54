import type { Verification } from "../../model.ts";
import type { Call } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { observe } from "../observe.ts";
import { printResult } from "../print.ts";
import { readSpecInput, soundSpec } from "../spec-file.ts";
import { openTarget } from "../target.ts";
import { unfinished } from "../unfinished.ts";
import { renderVerification } from "../views/verification.ts";

/** The diagnostics in a verification are those of a plan: they explain, the status decides. */
const EXIT_OF: Readonly<Record<Verification["status"], number>> = {
  satisfied: EXIT.ok,
  unsatisfied: EXIT.unsatisfied,
  pending: EXIT.rebootPending,
  unknown: EXIT.unknown,
};

export async function run(call: Call): Promise<number> {
  const source = await soundSpec(call, readSpecInput(call));
  const opened = await openTarget(call);
  const judged = await call.engine.verify(await observe(call, opened, source));
  const verification = { ...judged, diagnostics: [...judged.diagnostics, ...unfinished(call, opened)] };
  await printResult(call, verification, () => renderVerification(verification, call.style));
  return EXIT_OF[verification.status];
}
