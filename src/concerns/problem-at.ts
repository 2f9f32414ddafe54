import type { Diagnostic, DiagnosticCode, SpecPath } from "../model/index.ts";

/** An error about a place of the spec. */
export function problemAt(
  specPath: SpecPath,
  code: DiagnosticCode,
  summary: string,
  hint?: string,
): Diagnostic {
  return { severity: "error", code, summary, specPath, hint };
}
