import { fits, line, matches } from "../../handover/support/judge.ts";
import type { Finding } from "../../handover/support/expectations.ts";
import type { Bootability, Diagnostic, Fact, NextBoot, Plan } from "../../../src/model/index.ts";
import type { BootAnswer, CheckAnswer, PlanAnswer } from "./cases.ts";

/** Where a plan is not the right answer, as sentences; none where it is. */
export function missesOfPlan(answer: PlanAnswer, plan: Plan): string[] {
  const { nextBoot, diagnostics } = plan;
  const is = outcomeOf(plan);
  return [
    ...(is === answer.is ? [] : [`is ${is}, not ${answer.is}`]),
    ...missedBoot("before", answer.before, nextBoot.before),
    ...missedBoot("after", answer.after, nextBoot.after),
    ...missedCodes("error", answer.errors ?? [], diagnostics),
    ...missedCodes("warning", answer.warnings ?? [], diagnostics),
    ...missedFindings(answer.finds ?? [], diagnostics),
    ...Object.entries(answer.writes ?? {}).flatMap(([path, wanted]) => missedWrite(path, wanted, plan)),
  ];
}

export function missesOfCheck(answer: CheckAnswer, { verdict, problems }: Bootability): string[] {
  return [
    ...(verdict === answer.verdict ? [] : [`the verdict is ${verdict}, not ${answer.verdict}`]),
    ...missedFindings(answer.finds ?? [], problems),
  ];
}

function outcomeOf({ applyable, changes, steps }: Plan): PlanAnswer["is"] {
  if (!applyable) return "refused";
  return changes.length + steps.length > 0 ? "planned" : "nothing to do";
}

function missedBoot(when: string, answer: BootAnswer | undefined, boot: Fact<NextBoot>): string[] {
  if (answer === undefined) return [];
  if (!boot.known) {
    if (answer.unknown !== undefined && matches(answer.unknown, boot.why)) return [];
    return [`${when}, the next boot is unknown (${boot.why})`];
  }
  const { release, kernel, options, rule } = boot.value;
  const facts = { unknown: "", release: release.known ? release.value : release.why, kernel, options, rule };
  return Object.entries(facts).flatMap(([key, is]) => {
    const wanted = answer[key as keyof BootAnswer];
    return wanted === undefined || matches(wanted, is) ? [] : [`${when}, ${key} is ${is}, not ${wanted}`];
  });
}

function missedCodes(
  severity: Diagnostic["severity"],
  wanted: readonly string[],
  all: readonly Diagnostic[],
): string[] {
  const found = all.filter((one) => one.severity === severity);
  const codes = new Set(found.map(({ code }) => code));
  if ([...codes].sort().join() === [...wanted].sort().join()) return [];
  return [`the ${severity}s are not [${wanted.join(", ")}] but:\n${found.map(line).join("\n")}`];
}

function missedFindings(wanted: readonly Finding[], all: readonly Diagnostic[]): string[] {
  return wanted
    .filter((finding) => !all.some((one) => fits(finding, one)))
    .map((finding) => `does not find ${JSON.stringify(finding)} among:\n${all.map(line).join("\n")}`);
}

function missedWrite(path: string, wanted: string | null, { steps }: Plan): string[] {
  const written = steps.flatMap((step) => (step.kind !== "exec" && step.path === path ? [step] : [])).at(-1);
  if (wanted === null) return written === undefined ? [] : [`${path} is written`];
  if (written?.kind !== "writeFile") return [`${path} is not written`];
  return new RegExp(wanted).test(written.content) ? [] : [`${path} is written as:\n${written.content}`];
}
