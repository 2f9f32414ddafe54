import type { Reader } from "../host/reader.ts";
import type { Fact, TextFile } from "../model/index.ts";
import { attempt } from "./fact.ts";

/**
 * Those of these files that are there, with what a plan needs to replace them.
 *
 * @param what Names them as a whole, for a person.
 */
export function readTextFiles(
  reader: Reader,
  paths: readonly string[],
  what: string,
): Fact<readonly TextFile[]> {
  return attempt(what, () =>
    paths.flatMap((path): TextFile[] => {
      const stat = reader.stat(path);
      const text = stat?.kind === "file" ? reader.readText(path) : undefined;
      if (stat === undefined || text === undefined) return [];
      const { mode, uid, gid } = stat;
      const at = reader.readLink(path) === undefined ? undefined : reader.realPath(path);
      return [{ path, at, text, mode, uid, gid }];
    }),
  );
}
