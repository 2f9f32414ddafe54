import type { Plan } from "../../model/index.ts";
import type { Call } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { jsonText } from "../json.ts";
import { planNow } from "../observe.ts";
import { openFiles } from "../open-files.ts";
import { checkOutFile, writeOutFile } from "../out-file.ts";
import { printResult } from "../print.ts";
import { shellWords } from "../shell-words.ts";
import { readSpecInput, soundSpec } from "../spec-file.ts";
import { openTarget, rootOf, targetWords } from "../target.ts";
import { text, written } from "../terminal-text.ts";
import { unfinished } from "../unfinished.ts";
import { renderPlan } from "../views/plan.ts";

export async function run(call: Call): Promise<number> {
  const { options, io } = call;
  if (options.out !== undefined) checkOutFile(io, options.out);
  const source = await soundSpec(call, readSpecInput(call));
  const opened = await openTarget(call);
  const made = await planNow(call, opened, source);
  const plan = {
    ...made,
    diagnostics: [...made.diagnostics, ...unfinished(call, opened), ...openFiles(call, opened, source)],
  };
  await printResult(call, plan, () => renderPlan(plan, call.style));
  if (options.out !== undefined) save(call, plan, options.out);
  return exitCode(plan, options.detailedExitcode);
}

/** Only a plan that apply would take is saved. */
function save(call: Call, plan: Plan, out: string): void {
  const { io, options } = call;
  if (!plan.applyable) {
    io.stderr(written([text`${out} was not written: apply would refuse this plan`]));
    return;
  }
  writeOutFile(io, out, jsonText(plan));
  if (options.json) return;
  const there = options.capture === undefined ? "" : ", on that host";
  io.stdout(
    written([text`Saved to ${out}. To carry out exactly this plan${there}: ${applyLine(call, out)}`]),
  );
}

/** The plan holds no target: what names it must be said again. Only the running host needs root for sure. */
function applyLine(call: Call, out: string): string {
  const { io, options } = call;
  const needsRoot = rootOf(call) === "/" && (options.capture !== undefined || !io.privileged);
  return shellWords([...(needsRoot ? ["sudo"] : []), "hostcfg", "apply", ...targetWords(options), out]);
}

function exitCode(plan: Plan, detailed: boolean): number {
  if (!plan.applyable) return EXIT.error;
  const settled = plan.changes.length === 0 && plan.complete;
  return detailed && !settled ? EXIT.changes : EXIT.ok;
}
