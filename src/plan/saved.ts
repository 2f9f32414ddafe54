import type { Diagnostic, Plan } from "../model/index.ts";
import { parseSpec } from "../spec/parse.ts";
import type { SpecSource } from "./source.ts";
import { readJson, whyRefused } from "../facts/read-document.ts";

export type SavedPlan =
  { readonly plan: Plan; readonly source: SpecSource } | { readonly diagnostics: readonly Diagnostic[] };

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
  const { path, sha256, text, include } = document.spec;
  if (text === undefined) return { diagnostics: [notAPlan("this plan does not hold the text of its spec")] };
  const { spec, diagnostics, ...source } = parseSpec(path, Buffer.from(text), (named) =>
    named === include?.path && include.text !== undefined
      ? Buffer.from(include.text)
      : { why: "is not in this plan" },
  );
  if (spec === undefined) return { diagnostics };
  if (sha256 !== source.sha256 || include?.sha256 !== source.include?.sha256)
    return {
      diagnostics: [notAPlan("the text of the spec in this plan is not the one that its sha256 names")],
    };
  return { plan: document, source: { ...source, spec, diagnostics } };
}

function notAPlan(summary: string): Diagnostic {
  return {
    severity: "error",
    code: "not-a-plan",
    summary,
    hint: "make one with: hostcfg plan host.yaml --out plan.json",
  };
}
