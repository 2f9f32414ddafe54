import type { Diagnostic } from "../model/index.ts";
import type { FailureCode } from "./failure-codes.ts";

export interface FailureDetails {
  /** What to do about it; a command line where there is one. */
  readonly hint?: string | undefined;
  readonly diagnostics?: readonly Diagnostic[];
  /** How the command is called, for a mistake in the call itself. */
  readonly usage?: string;
}

/** A command cannot do what it was asked to do, and the user can do something about it. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly hint: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly usage: string | undefined;

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message);
    this.name = "Failure";
    this.code = code;
    this.hint = details.hint;
    this.diagnostics = details.diagnostics ?? [];
    this.usage = details.usage;
  }
}
