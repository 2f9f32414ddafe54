import { posix } from "node:path";
import { Failure } from "./failure.ts";
import { fileKind } from "./file-kind.ts";
import type { Io } from "./io.ts";
import { readInput } from "./input-file.ts";

/**
 * Refuses, before the work is done, a place where no file can be written (a device would be replaced by a file),
 * a link, which somebody else may have put there, and a file that hostcfg did not write: it may be the user's spec.
 */
export function checkOutFile(io: Io, path: string): void {
  const absolute = posix.resolve(io.cwd, path);
  const there = io.workspace.stat(absolute);
  if (there !== undefined && there.kind !== "file") {
    const what = there.kind === "directory" ? "a folder; name a file in it" : "not a regular file";
    throw new Failure("not-a-file", `--out ${path} is ${what}`);
  }
  if (io.workspace.stat(posix.dirname(absolute))?.kind !== "directory") {
    throw new Failure("folder-missing", `--out ${path}: its folder does not exist`);
  }
  if (io.workspace.lstat(absolute)?.kind === "symlink") {
    throw new Failure("out-exists", `--out ${path} is a link; hostcfg does not write through links`, {
      hint: "name its target",
    });
  }
  if (there !== undefined && !mayBeReplaced(io, path)) {
    throw new Failure("out-exists", `--out ${path} would overwrite a file that hostcfg did not write`, {
      hint: "give --out another name, or remove that file first",
    });
  }
}

/** An empty file, from mktemp(1) for example, holds nothing that could be lost. */
function mayBeReplaced(io: Io, path: string): boolean {
  const file = readInput(io, path, "--out");
  const kind = fileKind(file);
  return file.bytes.length === 0 || kind === "plan" || kind === "capture" || kind === "report";
}

export function writeOutFile(io: Io, path: string, text: string): void {
  io.workspace.write(posix.resolve(io.cwd, path), text);
}
