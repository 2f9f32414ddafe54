import type { Diagnostic } from "../../model/index.ts";
import type { Style } from "../style.ts";
import { text, written } from "../terminal-text.ts";
import { countDiagnostics } from "./diagnostics.ts";

/** What `validate --json` prints. */
export interface Validation {
  readonly formatVersion: "1.0";
  /** No errors; warnings may be there. */
  readonly valid: boolean;
  readonly spec: { readonly path: string; readonly sha256: string };
  readonly diagnostics: readonly Diagnostic[];
}

/** The one line that sums up; the diagnostics themselves are another view. */
export function renderVerdict({ valid, spec, diagnostics }: Validation, style: Style): string {
  const count = countDiagnostics(diagnostics);
  const paint = valid ? style.green : style.red;
  const verdict = valid ? "is valid" : "is not valid";
  return written([text`${spec.path} ${paint(style.bold(verdict))}: ${count}.`]);
}
