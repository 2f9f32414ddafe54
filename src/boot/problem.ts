import type { Diagnostic, DiagnosticCode } from "../model/index.ts";

export function problem(code: DiagnosticCode, summary: string, hint?: string): Diagnostic {
  return { severity: "error", code, summary, hint };
}

/** What a person should know, and may do all the same. */
export function warning(code: DiagnosticCode, summary: string, hint?: string): Diagnostic {
  return asWarning(problem(code, summary, hint));
}

export function asWarning(found: Diagnostic): Diagnostic {
  return { ...found, severity: "warning" };
}
