import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import type { BootPathFact } from "../model/index.ts";
import { attempt } from "./fact.ts";

/** Where kernel packages and their tools keep links to the kernel (kernel-img.conf(5), linux-update-symlinks(1)). */
const LINK_FOLDERS = ["/", "/boot"];

/**
 * Every link in / and /boot, and whatever stands at the `extra` paths; each path once, sorted.
 *
 * A folder or link of the first kind that the reader may not look at is left out: nobody asked for it by name.
 * What stands at an `extra` path was asked for, so a refusal there throws HostError.
 */
export function readBootPaths(reader: Reader, extra: readonly string[]): readonly BootPathFact[] {
  const facts = new Map(linksOf(reader).map((fact) => [fact.path, fact]));
  for (const path of extra) facts.set(path, look(reader, path));
  return [...facts.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function linksOf(reader: Reader): BootPathFact[] {
  return LINK_FOLDERS.flatMap((folder) => {
    const names = attempt(folder, () => reader.list(folder));
    if (!names.known) return [];
    return names.value.flatMap((name) => {
      const path = folder === "/" ? `/${name}` : `${folder}/${name}`;
      const fact = attempt(path, () => look(reader, path));
      return fact.known && fact.value.kind === "symlink" ? [fact.value] : [];
    });
  });
}

function look(reader: Reader, path: string): BootPathFact {
  const kind = reader.lstat(path)?.kind;
  switch (kind) {
    case undefined:
      return { path, kind: "absent" };
    case "symlink": {
      const resolved = endOf(reader, path);
      return {
        path,
        kind,
        target: reader.readLink(path) ?? "",
        ...(resolved === undefined ? {} : { resolved, endsAt: plainKind(reader, resolved) }),
      };
    }
    case "file":
    case "directory":
      return { path, kind };
    case "block":
    case "other":
      return { path, kind: "other" };
  }
}

function plainKind(reader: Reader, path: string): "file" | "directory" | "other" {
  const kind = reader.lstat(path)?.kind;
  return kind === "file" || kind === "directory" ? kind : "other";
}

/** Links in a circle end nowhere: they dangle. */
function endOf(reader: Reader, path: string): string | undefined {
  try {
    return reader.realPath(path);
  } catch (error) {
    if (error instanceof HostError && error.code === "ELOOP") return undefined;
    throw error;
  }
}
