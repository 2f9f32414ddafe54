import type { Diagnostic } from "../../model/index.ts";
import type { SpecFiles } from "../../spec/include.ts";
import type { Style } from "../style.ts";
import { text, written } from "../terminal-text.ts";
import { countDiagnostics } from "./diagnostics.ts";
import type { FailureDocument } from "./failure.ts";

/** What a validation says of one spec. */
export interface ValidatedSpec {
  /** No errors; warnings may be there. */
  readonly valid: boolean;
  /** Without a digest where it could not be read. */
  readonly spec: Partial<SpecFiles> & Pick<SpecFiles, "path">;
  readonly diagnostics: readonly Diagnostic[];
  /** Why it could not be read. */
  readonly error?: FailureDocument["error"];
}

/** What `validate --json` prints. */
export interface Validation {
  readonly formatVersion: "1.0";
  /** Each of them is. */
  readonly valid: boolean;
  /** Where it is only one. */
  readonly spec?: ValidatedSpec["spec"];
  /** Of all of them. */
  readonly diagnostics: readonly Diagnostic[];
  readonly specs: readonly ValidatedSpec[];
}

/** The one line that sums up; the diagnostics themselves are another view. */
export function renderVerdict({ valid, spec, diagnostics }: ValidatedSpec, style: Style): string {
  const count = countDiagnostics(diagnostics);
  const paint = valid ? style.green : style.red;
  const verdict = valid ? "is valid" : "is not valid";
  return written([text`${spec.path} ${paint(style.bold(verdict))}: ${count}.`], style);
}
