import type { Verification } from "../../model/index.ts";
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
  if (call.options.record) return runAndKeep(call);
  const verification = await judge(call);
  await print(call, verification);
  return EXIT_OF[verification.status];
}

async function runAndKeep(call: Call): Promise<number> {
  const { keeper } = await import("../keep-verification.ts");
  const keep = keeper(call);
  const verification = await judge(call).catch(async (error: unknown) => {
    await keep.failed(error);
    throw error;
  });
  const lost = await keep.ended(verification, verification.spec.sha256);
  if (lost === undefined) {
    await print(call, verification);
    return EXIT_OF[verification.status];
  }
  await print(call, { ...verification, diagnostics: [...verification.diagnostics, lost] });
  return EXIT.error;
}

async function judge(call: Call): Promise<Verification> {
  const source = await soundSpec(call, readSpecInput(call));
  const opened = await openTarget(call);
  const judged = await call.engine.verify(await observe(call, opened, source));
  return { ...judged, diagnostics: [...judged.diagnostics, ...unfinished(call, opened)] };
}

function print(call: Call, verification: Verification): Promise<void> {
  return printResult(call, verification, () => renderVerification(verification, call.style));
}
