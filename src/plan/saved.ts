import type { Change, Diagnostic, Fact, NextBoot, Plan } from "../model.ts";
import { checkDocument } from "../spec/parse.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import validate from "./validate-plan.gen.js";

export type SavedPlan =
  { readonly plan: Plan; readonly spec: HostSpec } | { readonly diagnostics: readonly Diagnostic[] };

/**
 * Reads what `plan --out` wrote. A saved plan is a promise, not a script: apply makes the plan again from the spec
 * inside it and demands that it comes out the same, so an edited file cannot do what a spec could not.
 */
export function readSavedPlan(bytes: Uint8Array): SavedPlan {
  const document = parseJson(bytes);
  if (!isPlan(document)) {
    const first = validate.errors?.[0];
    const where = first === undefined ? "" : `: ${first.instancePath} ${first.message ?? ""}`;
    return { diagnostics: [notAPlan(`this is not a plan that hostcfg saved${where}`)] };
  }
  const { spec, diagnostics } = checkDocument(document.spec.document);
  return spec === undefined ? { diagnostics } : { plan: document, spec };
}

/** What moved on the host between two plans of one spec, a clause each; empty when they are the same. */
export function staleness(saved: Plan, now: Plan): readonly string[] {
  const error = now.diagnostics.find(({ severity }) => severity === "error");
  if (error !== undefined) return [error.summary];
  const moved = [
    ...movedChanges(saved.changes, now.changes),
    ...movedBoot(saved.nextBoot.before, now.nextBoot.before),
  ];
  if (moved.length > 0) return moved;
  if (!same(saved.steps, now.steps)) return movedSteps(saved, now);
  return movedBoot(saved.nextBoot.after, now.nextBoot.after);
}

function movedChanges(saved: readonly Change[], now: readonly Change[]): string[] {
  const gone = saved
    .filter(({ address }) => !now.some((change) => change.address === address))
    .map(({ address }) => `${address} is already as the spec wants it`);
  const moved = now.flatMap((change) => {
    const planned = saved.find(({ address }) => address === change.address);
    if (planned === undefined) return [`${change.address}: ${change.reason} (it was as the spec wants it)`];
    if (planned.before !== change.before) {
      return [`${change.address} was ${planned.before ?? "absent"} and is now ${change.before ?? "absent"}`];
    }
    return same(planned, change) ? [] : [`${change.address}: ${change.reason}`];
  });
  return [...gone, ...moved];
}

function movedBoot(saved: Fact<NextBoot>, now: Fact<NextBoot>): string[] {
  return same(saved, now) ? [] : [`what boots next was ${describe(saved)} and is now ${describe(now)}`];
}

function describe(boot: Fact<NextBoot>): string {
  if (!boot.known) return "unknown";
  const { release, options } = boot.value;
  return `${release.known ? release.value : "an unknown kernel"} with "${options}"`;
}

function movedSteps(saved: Plan, now: Plan): string[] {
  const paths = now.steps.flatMap((step, index) => {
    if (same(step, saved.steps[index])) return [];
    return [step.kind === "exec" ? `the command "${step.argv.join(" ")}"` : step.path];
  });
  return paths.length > 0 ? paths.map((path) => `${path} is not as it was`) : ["fewer steps are left"];
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/** Key order is no difference: a saved plan has been through JSON, and maybe through a formatter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function isPlan(document: unknown): document is Plan {
  return validate(document);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function notAPlan(summary: string): Diagnostic {
  return {
    severity: "error",
    code: "not-a-plan",
    summary,
    hint: "make one with: hostcfg plan host.yaml --out plan.json",
  };
}
