import { posix } from "node:path";
import { Failure } from "./failure.ts";
import type { Io } from "./io.ts";

/** Refuses a place where no file can be written, before the work is done: a device would be replaced by a file. */
export function checkOutFile(io: Io, path: string): void {
  const absolute = posix.resolve(io.cwd, path);
  const there = io.workspace.stat(absolute);
  if (there !== undefined && there.kind !== "file") {
    throw new Failure("not-a-file", `--out ${path} is not a regular file`);
  }
  if (io.workspace.stat(posix.dirname(absolute))?.kind !== "directory") {
    throw new Failure("folder-missing", `--out ${path}: its folder does not exist`);
  }
}

export function writeOutFile(io: Io, path: string, text: string): void {
  io.workspace.write(posix.resolve(io.cwd, path), text);
}
