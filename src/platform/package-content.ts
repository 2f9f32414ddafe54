import { attempt, unknown } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { DebFact } from "../model/index.ts";

/** Digest and size of a package file. */
export function readContent(workspace: Reader, path: string): DebFact["content"] {
  const kind = attempt(path, () => workspace.stat(path)?.kind);
  if (!kind.known) return kind;
  if (kind.value !== "file") {
    return unknown(
      `${path} is ${kind.value === "directory" ? "a directory" : "a special file"}, not a package`,
    );
  }
  return attempt(path, () => workspace.digest(path));
}
