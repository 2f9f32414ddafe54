import { HostError } from "../host/reader.ts";
import type { FailureCode } from "./failure-codes.ts";
import { Failure } from "./failure.ts";
import type { FailureDocument } from "./views/failure.ts";

/** What a failed call of the machine usually means for the person at the keyboard. */
const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: "this needs root: put sudo in front of the command",
  EPERM: "this needs root: put sudo in front of the command",
  EROFS: "the file system is mounted read-only; see mount(8) and the kernel log",
  ENOSPC: "the file system is full: make room, then run the same command again",
  EIO: "the disk reports an error: look in the kernel log (dmesg) before you change anything",
};

/** Whatever was thrown, as a message for a person. Only what nobody expected is called an internal error. */
export function failureDocument(error: unknown): FailureDocument {
  if (error instanceof Failure) {
    return document(error.code, error.message, error.hint, error.diagnostics);
  }
  if (error instanceof HostError) {
    return document(error.code, error.message, REMEDIES[error.code]);
  }
  const what = error instanceof Error ? error.message : String(error);
  return document(
    "internal-error" satisfies FailureCode,
    `internal error: ${what.split("\n")[0] ?? ""}`,
    "this is a bug in hostcfg: please report it with what HOSTCFG_DEBUG=1 prints and the file of hostcfg capture",
  );
}

function document(
  code: string,
  message: string,
  hint?: string,
  diagnostics: FailureDocument["diagnostics"] = [],
): FailureDocument {
  return {
    formatVersion: "1.0",
    error: { code, message, hint },
    diagnostics,
  };
}
