import type { Plan } from "../../model/index.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { jsonText } from "../json.ts";
import { TARGET } from "../options.ts";
import { checkOutFile, writeOutFile } from "../out-file.ts";
import { printResult } from "../print.ts";
import { shellWords } from "../shell-words.ts";
import { shownPlan } from "../shown-plan.ts";
import { readSpecInput, soundSpec } from "../spec-file.ts";
import { openTarget, rootOf, targetWords } from "../target.ts";
import { text, written } from "../terminal-text.ts";
import { renderPlan } from "../views/plan.ts";

export const plan: Command = {
  name: "plan",
  argument: "[SPEC]",
  summary: "show what would change, why, and what boots next; changes nothing",
  options: [...TARGET, "details", "out", "detailed-exitcode"],
  refused: { "auto-approve": "plan changes nothing, so there is nothing to approve" },
  about: `Compares a spec (./host.yaml when none is named) with the host and shows what apply would
do: every change with its reason, the difference of every file, the steps in their order,
what boots next before and after, and what the spec asks for that no step can bring about.

It writes nothing on the host and runs only programs that read. Without root some facts
are unknown, and the plan says which.

With --out the plan is saved. hostcfg apply carries out a saved plan without asking, and
refuses it when the host has changed since.`,
  exits: [
    [EXIT.ok, "there is a plan, with or without changes"],
    [EXIT.error, "there is none, or it has errors and apply would refuse it"],
    [EXIT.changes, "with --detailed-exitcode: changes, or requirements that are not met"],
  ],
  examples: [
    ["look first, then apply exactly what was looked at", "sudo hostcfg plan host.yaml --out plan.json"],
    [
      "plan for a host that was recorded there with hostcfg capture",
      "hostcfg plan host.yaml --capture host.capture.json",
    ],
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { options, io } = call;
  if (options.out !== undefined) checkOutFile(io, options.out);
  const source = await soundSpec(call, readSpecInput(call));
  const opened = await openTarget(call);
  const { plan } = await shownPlan(call, opened, source);
  await printResult(call, plan, () => renderPlan(plan, call.style, call.options.details));
  if (options.out !== undefined) save(call, plan, options.out);
  return planExit(plan, options.detailedExitcode);
}

/** Only a plan that apply would take is saved. */
function save(call: Call, plan: Plan, out: string): void {
  const { io, options } = call;
  if (!plan.applyable) {
    io.stderr(written([text`${out} was not written: apply would refuse this plan`], call.stderrStyle));
    return;
  }
  writeOutFile(io, out, jsonText(plan));
  if (options.json) return;
  const there = options.capture === undefined ? "" : ", on that host";
  io.stdout(
    written(
      [text`Saved to ${out}. To carry out exactly this plan${there}: ${applyLine(call, out)}`],
      call.style,
    ),
  );
}

/** The plan holds no target: what names it must be said again. Only the running host needs root for sure. */
function applyLine(call: Call, out: string): string {
  const { io, options } = call;
  const needsRoot = rootOf(call) === "/" && (options.capture !== undefined || !io.privileged);
  return shellWords([...(needsRoot ? ["sudo"] : []), "hostcfg", "apply", ...targetWords(options), out]);
}

export function planExit(plan: Plan, detailed: boolean): number {
  if (!plan.applyable) return EXIT.error;
  const settled = plan.changes.length === 0 && plan.complete;
  return detailed && !settled ? EXIT.changes : EXIT.ok;
}
