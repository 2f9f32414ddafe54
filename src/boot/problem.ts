import type { Diagnostic, DiagnosticCode } from "../model/index.ts";

export function problem(code: DiagnosticCode, summary: string, hint?: string): Diagnostic {
  return { severity: "error", code, summary, ...(hint === undefined ? {} : { hint }) };
}
