import type { Diagnostic } from "../../model/index.ts";
import type { Style } from "../style.ts";
import { text, written } from "../terminal-text.ts";
import { block } from "./block.ts";
import { diagnosticLines } from "./diagnostics.ts";

/** What `--json` prints when a command failed before it had its own document. */
export interface FailureDocument {
  readonly formatVersion: "1.0";
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string | undefined };
  readonly diagnostics: readonly Diagnostic[];
}

export function renderFailure({ error, diagnostics }: FailureDocument, style: Style): string {
  const details = diagnosticLines(diagnostics, style);
  return written(
    [
      ...details,
      ...(details.length === 0 ? [] : [text``]),
      text`${style.red(style.bold("error"))}: ${error.message}`.wrapped(2),
      ...(error.hint === undefined ? [] : block("hint: ", error.hint)),
    ],
    style,
  );
}
