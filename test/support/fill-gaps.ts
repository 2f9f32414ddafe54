import { readFileSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import type { Capture } from "../../src/host/capture.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { HostError } from "../../src/host/reader.ts";
import type { Tree, TreeStat } from "../../src/host/tree.ts";
import { probe } from "../../src/plan/probe.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import { UNRECORDED } from "./materialise.ts";
import type { RecordedHost } from "./recorded-hosts.ts";

/**
 * A new probe asks what older recorded hosts were never asked. This records in `capture.json` that what stands at
 * such a path is nothing, and that such a folder holds what is recorded below it: to be read before it is
 * committed, for only who recorded the host knows whether that is true of it. Content is never made up.
 */
export async function fillGaps({ folder, spec, capture }: RecordedHost): Promise<void> {
  const paths: Record<string, Capture["paths"][string]> = { ...capture.paths };
  const completed = { ...capture, paths };
  const tree = new CaptureTree(completed);
  const answered: Tree = {
    privileged: tree.privileged,
    lstat: (path) =>
      orElse(
        () => tree.lstat(path),
        (): TreeStat | undefined => {
          paths[path] = { kind: "absent" };
          return undefined;
        },
      ),
    list: (path) =>
      orElse(
        () => tree.list(path),
        () => {
          const entries = namesBelow(capture, path);
          paths[path] = { ...paths[path], kind: "directory", entries };
          return entries;
        },
      ),
    read: (path) => tree.read(path),
    head: (path, length) => tree.head(path, length),
    digest: (path) => tree.digest(path),
    search: (path, texts) => tree.search(path, texts),
    readPackage: (path) => tree.readPackage(path),
    searchPackage: (path) => tree.searchPackage(path),
    freeBytes: (path) => tree.freeBytes(path),
    // Of one age, as in a tree that is made of it (materialise.ts): nothing looks newer than what was made from it.
    modifiedAt: (path) =>
      orElse(
        () => tree.modifiedAt(path),
        () => {
          paths[path] = { ...(paths[path] ?? { kind: "file" }), modifiedAt: UNRECORDED };
          return UNRECORDED;
        },
      ),
    now: () => tree.now(),
    members: (path, parts) => tree.members(path, parts),
    query: (argv) => tree.query(argv),
  };
  await probe(new LinkReader(answered), parseSpec(spec, readFileSync(spec)).spec);
  const sorted = Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (JSON.stringify(sorted) === JSON.stringify(capture.paths)) return;
  writeFileSync(posix.join(folder, "capture.json"), lineByLine({ ...capture, paths: sorted }));
}

/** One line a path and a query, so that a change of one is a change of one line. */
function lineByLine({ paths, queries, ...rest }: Capture): string {
  const head = JSON.stringify(rest, null, 2).replace(/\n}$/, "");
  const lines = Object.entries(paths).map(
    ([path, entry]) => `    ${JSON.stringify(path)}: ${JSON.stringify(entry)}`,
  );
  const asked = queries.map((query) => `    ${JSON.stringify(query)}`);
  return `${head},\n  "paths": {\n${lines.join(",\n")}\n  },\n  "queries": [\n${asked.join(",\n")}\n  ]\n}\n`;
}

function orElse<T>(ask: () => T, fill: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "ECAPTURE") throw error;
    return fill();
  }
}

function namesBelow({ paths }: Capture, folder: string): string[] {
  const names = Object.entries(paths)
    .filter(([path, { kind }]) => path.startsWith(`${folder}/`) && kind !== "absent")
    .map(([path]) => path.slice(folder.length + 1).split("/")[0] ?? "");
  return [...new Set(names)].sort();
}
