import { posix } from "node:path";
import { HostError } from "../host/reader.ts";
import { LARGEST_TEXT } from "../host/regular-file.ts";
import type { ReadInclude } from "../spec/include.ts";
import type { FailureCode } from "./failure-codes.ts";
import { Failure } from "./failure.ts";
import type { Io } from "./io.ts";

/** A file that a command line names: the name as typed, for messages, and what it holds. */
export interface InputFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export function readInput(io: Io, path: string, what: string): InputFile {
  const bytes = read(io, path);
  if (bytes instanceof Uint8Array) return { path, bytes };
  throw new Failure(bytes.code, `${what} ${path} ${bytes.why}`, { hint: bytes.hint });
}

/** Reads what a spec includes as the spec itself is read. */
export function includeFrom(io: Io): ReadInclude {
  return (path) => {
    try {
      return read(io, path);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return { why: `cannot be read: ${error.message}` };
    }
  };
}

interface Unread {
  readonly code: FailureCode;
  readonly why: string;
  readonly hint?: string;
}

function read(io: Io, path: string): Uint8Array | Unread {
  const absolute = posix.resolve(io.cwd, path);
  const { kind, size = 0 } = io.workspace.stat(absolute) ?? {};
  if (path === "-" || kind === "other")
    return {
      code: "not-a-file",
      why: "is no file: hostcfg does not read pipes or devices",
      hint: "save what comes from there in a file first, and name that",
    };
  if (kind === undefined) return { code: "file-missing", why: "does not exist" };
  if (kind !== "file") return { code: "not-a-file", why: "is a folder; name a file in it" };
  if (size > LARGEST_TEXT)
    return { code: "file-too-large", why: `has more than ${LARGEST_TEXT >> 20} MiB, as no such file has` };
  return io.workspace.readFile(absolute) ?? { code: "file-missing", why: "is gone" };
}
