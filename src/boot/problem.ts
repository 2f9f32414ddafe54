import type { Diagnostic } from "../model/index.ts";

export function problem(code: string, summary: string, hint?: string): Diagnostic {
  return { severity: "error", code, summary, ...(hint === undefined ? {} : { hint }) };
}
