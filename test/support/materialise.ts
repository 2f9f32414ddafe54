import { createHash } from "node:crypto";
import fs from "node:fs";
import { dirname, join } from "node:path";
import type { Capture, CapturedPath } from "../../src/host/capture.ts";

const USUAL_MODES = { file: 0o644, directory: 0o755 } as const;

/**
 * Makes a real tree of a recorded host below `folder`, or lays a part of one over a tree that is there: what is
 * recorded as absent is removed. Works without root: owners are not set, and device nodes are left out. A file
 * whose content was not recorded becomes a sparse file of its size.
 */
export function materialise(capture: Pick<Capture, "paths">, folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  const inside = pathsInside(fs.realpathSync(folder));
  // A folder comes before what is in it.
  const paths = Object.entries(capture.paths).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [path, entry] of paths) make(entry, inside(path));
  for (const [path, entry] of paths) {
    if (entry.kind === "file") setTime(inside(path), entry.modifiedAt ?? UNRECORDED);
  }
  // Only now: a folder may be recorded without the permission to write in it.
  for (const [path, entry] of paths) {
    if (entry.kind !== "directory") continue;
    fs.chmodSync(inside(path), entry.mode ?? USUAL_MODES.directory);
    if (entry.modifiedAt !== undefined) setTime(inside(path), entry.modifiedAt);
  }
}

/**
 * A tree as text to compare: one line a path, sorted, with mode, size and the first digits of the sha256 of a
 * file, and the target of a link. No times and no owners.
 *
 * @param without Paths in the tree that are left out, with all below them.
 */
export function snapshot(folder: string, without: readonly string[] = []): string {
  const lines: string[] = [];
  const visit = (path: string): void => {
    if (without.includes(path)) return;
    const real = join(folder, path);
    const stat = fs.lstatSync(real);
    const mode = (stat.mode & 0o7777).toString(8).padStart(4, "0");
    if (stat.isSymbolicLink()) lines.push(`${path} -> ${fs.readlinkSync(real)}`);
    else if (stat.isFile()) lines.push(`${path} file ${mode} ${stat.size} ${shortDigest(real)}`);
    else if (stat.isDirectory()) {
      lines.push(`${path} folder ${mode}`);
      for (const name of fs.readdirSync(real).sort()) visit(join(path, name));
    } else lines.push(`${path} other ${mode}`);
  };
  visit("/");
  return `${lines.join("\n")}\n`;
}

/** What was not asked for is of one age, so that nothing looks newer than what was made from it. */
export const UNRECORDED = Date.UTC(2020, 0, 1);

function setTime(real: string, milliseconds: number): void {
  const time = new Date(milliseconds);
  fs.utimesSync(real, time, time);
}

function make(entry: CapturedPath, real: string): void {
  switch (entry.kind) {
    case "absent":
      fs.rmSync(real, { recursive: true, force: true });
      break;
    case "directory":
      fs.mkdirSync(real, { recursive: true });
      break;
    case "symlink":
      clear(real);
      fs.symlinkSync(entry.target ?? "", real);
      break;
    case "file":
      clear(real);
      writeContent(entry, real);
      fs.chmodSync(real, entry.mode ?? USUAL_MODES.file);
      break;
    case "block":
    case "other":
      break;
  }
}

/** So that nothing is written through a link, or into another name of a file. */
function clear(real: string): void {
  if (fs.lstatSync(real, { throwIfNoEntry: false }) !== undefined) fs.rmSync(real);
}

function writeContent(entry: CapturedPath, real: string): void {
  if (entry.text !== undefined) fs.writeFileSync(real, entry.text);
  else if (entry.base64 !== undefined) fs.writeFileSync(real, Buffer.from(entry.base64, "base64"));
  else {
    const head = Buffer.from(entry.head ?? "", "base64");
    fs.writeFileSync(real, head);
    fs.truncateSync(real, entry.size ?? entry.digest?.size ?? head.length);
  }
}

/** A capture that records something below a link must not lead out of the tree. */
function pathsInside(root: string): (path: string) => string {
  const known = new Set<string>([dirname(root)]);
  return (path) => {
    const real = join(root, path);
    const folder = dirname(real);
    if (!known.has(folder)) {
      fs.mkdirSync(folder, { recursive: true });
      if (fs.realpathSync(folder) !== folder) throw new Error(`${path} is recorded below a link`);
      known.add(folder);
    }
    return real;
  };
}

function shortDigest(real: string): string {
  return createHash("sha256").update(fs.readFileSync(real)).digest("hex").slice(0, 12);
}
