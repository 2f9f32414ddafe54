import type { Diagnostic, Plan } from "../model/index.ts";
import { checkDocument } from "../spec/parse.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import { readJson, whyRefused } from "../facts/read-document.ts";

export type SavedPlan =
  { readonly plan: Plan; readonly spec: HostSpec } | { readonly diagnostics: readonly Diagnostic[] };

/**
 * Reads what `plan --out` wrote. A saved plan is a promise, not a script: apply makes the plan again from the spec
 * inside it and demands that it comes out the same, so an edited file cannot do what a spec could not.
 */
export async function readSavedPlan(bytes: Uint8Array): Promise<SavedPlan> {
  // Large, and few commands need it.
  const { default: validate } = await import("../journal/validate-plan.gen.js");
  const isPlan = (document: unknown): document is Plan => validate(document);
  const document = readJson(bytes);
  if (!isPlan(document)) {
    const why = whyRefused(document, validate.errors);
    return { diagnostics: [notAPlan(`this is not a plan that hostcfg can read: ${why}`)] };
  }
  if (document.undoes !== undefined) {
    return { diagnostics: [notAPlan("this is the record of an undo, which is not made from a spec")] };
  }
  if (document.task !== undefined) {
    return {
      diagnostics: [notAPlan(`this is the record of ${document.task}, which is not made from a spec`)],
    };
  }
  const { spec, diagnostics } = checkDocument(document.spec.document);
  return spec === undefined ? { diagnostics } : { plan: document, spec };
}

function notAPlan(summary: string): Diagnostic {
  return {
    severity: "error",
    code: "not-a-plan",
    summary,
    hint: "make one with: hostcfg plan host.yaml --out plan.json",
  };
}
