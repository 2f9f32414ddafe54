import type { Diagnostic, Plan } from "../model.ts";
import { checkDocument } from "../spec/parse.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";

export type SavedPlan =
  { readonly plan: Plan; readonly spec: HostSpec } | { readonly diagnostics: readonly Diagnostic[] };

/**
 * Reads what `plan --out` wrote. A saved plan is a promise, not a script: apply makes the plan again from the spec
 * inside it and demands that it comes out the same, so an edited file cannot do what a spec could not.
 */
export async function readSavedPlan(bytes: Uint8Array): Promise<SavedPlan> {
  // Large, and few commands need it.
  const { default: validate } = await import("./validate-plan.gen.js");
  const isPlan = (document: unknown): document is Plan => validate(document);
  const document = parseJson(bytes);
  if (!isPlan(document)) {
    const first = validate.errors?.[0];
    const where = first === undefined ? "" : `: ${first.instancePath} ${first.message ?? ""}`;
    return { diagnostics: [notAPlan(`this is not a plan that hostcfg saved${where}`)] };
  }
  const { spec, diagnostics } = checkDocument(document.spec.document);
  return spec === undefined ? { diagnostics } : { plan: document, spec };
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
