import type { DiagnosticCode } from "./diagnostic-codes.ts";

/** A way into the spec document: property names and list indexes, e.g. `["kernelOptions", "present", 0]`. */
export type SpecPath = readonly (string | number)[];

/** Lines and columns count from 1, columns in UTF-16 code units; `end` is exclusive. */
export interface SourceRange {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The whole source line at `line`, without its line break, for the squiggle. */
  readonly text: string;
}

export interface Diagnostic {
  /** An error makes a plan not applyable (or the command fail); a warning never does. */
  readonly severity: "error" | "warning";
  /** Stable, documented in DIAGNOSTICS.md; kebab-case, e.g. `unknown-key`. */
  readonly code: DiagnosticCode;
  /** One sentence: what is wrong. */
  readonly summary: string;
  readonly detail?: string | undefined;
  /** What to do about it; a command line where there is one. */
  readonly hint?: string | undefined;
  readonly specPath?: SpecPath;
  readonly source?: SourceRange | undefined;
  readonly address?: string;
}
