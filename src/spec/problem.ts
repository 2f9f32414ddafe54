import type { SpecPath } from "../model/index.ts";
import type { Code } from "./codes.ts";

/** What is wrong and what to do about it; the severity belongs to the code. */
export interface Problem {
  readonly code: Code;
  readonly summary: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
}

/** A problem of the text itself. */
export interface TextProblem extends Problem {
  readonly span: Span;
}

/** A problem of what the text means. */
export interface Finding extends Problem {
  readonly path: SpecPath;
  /** Which part of the entry at `path` is at fault. */
  readonly at: Part;
}

export type Part = "key" | "value";

/** Offsets into the text in UTF-16 code units; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}
