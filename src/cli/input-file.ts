import { posix } from "node:path";
import { LARGEST_TEXT } from "../host/regular-file.ts";
import { Failure } from "./failure.ts";
import type { Io } from "./io.ts";

/** A file that a command line names: the name as typed, for messages, and what it holds. */
export interface InputFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export function readInput(io: Io, path: string, what: string): InputFile {
  const absolute = posix.resolve(io.cwd, path);
  const { kind, size = 0 } = io.workspace.stat(absolute) ?? {};
  if (path === "-" || kind === "other") {
    throw new Failure("not-a-file", `${what} ${path} is no file: hostcfg does not read pipes or devices`, {
      hint: "save what comes from there in a file first, and name that",
    });
  }
  if (kind === undefined) throw new Failure("file-missing", `${what} ${path} does not exist`);
  if (kind !== "file") throw new Failure("not-a-file", `${what} ${path} is a folder; name a file in it`);
  if (size > LARGEST_TEXT)
    throw new Failure(
      "file-too-large",
      `${what} ${path} has more than ${LARGEST_TEXT >> 20} MiB, as no such file has`,
    );
  const bytes = io.workspace.readFile(absolute);
  if (bytes === undefined) throw new Failure("file-missing", `${what} ${path} is gone`);
  return { path, bytes };
}
