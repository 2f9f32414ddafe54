import { posix } from "node:path";
import type { Capture, CapturedPath } from "../../src/host/capture.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { QueryAnswer, Reader } from "../../src/host/reader.ts";

/** A file's text, a link (`{ link }`), an empty folder (`{ folder: true }`), or any recorded path. */
export type Content = string | { link: string } | { folder: true } | CapturedPath;

/** A complete small host in memory: what is not named is absent, and every folder can be listed. */
export function captureOf(files: Record<string, Content>, options: CaptureOptions = {}): Capture {
  const paths: Record<string, CapturedPath> = {};
  const entries = new Map<string, Set<string>>([["/", new Set()]]);
  for (const [path, content] of Object.entries(files)) {
    for (let at = path; at !== "/"; at = posix.dirname(at)) {
      const folder = posix.dirname(at);
      entries.set(folder, (entries.get(folder) ?? new Set()).add(posix.basename(at)));
    }
    if (typeof content === "string") paths[path] = { kind: "file", text: content };
    else if ("link" in content) paths[path] = { kind: "symlink", target: content.link };
    else if ("folder" in content) entries.set(path, entries.get(path) ?? new Set());
    else paths[path] = content;
  }
  for (const [folder, names] of entries) {
    paths[folder] = { ...(paths[folder] ?? { kind: "directory" }), entries: [...names].sort() };
  }
  return {
    formatVersion: "1.0",
    hostcfgVersion: "0.0.0",
    takenAt: "2026-01-01T00:00:00Z",
    privileged: options.privileged ?? true,
    paths,
    queries: options.queries ?? [],
  };
}

export interface CaptureOptions {
  readonly privileged?: boolean;
  readonly queries?: readonly { argv: readonly string[]; answer: QueryAnswer }[];
}

export function readerOf(files: Record<string, Content>, options: CaptureOptions = {}): Reader {
  return new LinkReader(new CaptureTree(captureOf(files, options)));
}
