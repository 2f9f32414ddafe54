import { posix } from "node:path";
import type { Reader, Stat } from "../host/reader.ts";

/** A folder, link or file that a name passes through. */
export interface Passed {
  readonly path: string;
  readonly stat: Stat;
}

/** As many links as the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * All that decides where an absolute path leads, from / on, links and their ways included; the file itself is the last.
 * Undefined where nothing is there. Throws HostError where it may not be read.
 */
export function wayTo(reader: Reader, path: string): readonly Passed[] | undefined {
  const passed = new Map<string, Passed>();
  const pass = (at: string): Stat | undefined => {
    const stat = reader.lstat(at);
    if (stat !== undefined) {
      // The end of the way is the last one, though a link may have passed by it before.
      passed.delete(at);
      passed.set(at, { path: at, stat });
    }
    return stat;
  };
  pass("/");
  let at = "/";
  let links = 0;
  const left = path.split("/");
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    const next = posix.join(at, name);
    if (next === at) continue;
    const stat = pass(next);
    if (stat === undefined) return undefined;
    const target = stat.kind === "symlink" ? reader.readLink(next) : undefined;
    if (target === undefined) {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) return undefined;
    left.unshift(...target.split("/"));
    if (posix.isAbsolute(target)) at = "/";
  }
  return [...passed.values()];
}
