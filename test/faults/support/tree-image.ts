import fs from "node:fs";
import { join } from "node:path";

/** One path of a tree, as it can be put back. Times are in whole milliseconds, as hostcfg reads them. */
export type Node =
  | { readonly kind: "folder"; readonly mode: number; readonly time: number }
  | { readonly kind: "file"; readonly mode: number; readonly time: number; readonly bytes: Buffer }
  | { readonly kind: "link"; readonly target: string };

/** A tree by its paths, each folder before what is in it, without the devices in /sys. */
export type TreeImage = ReadonlyMap<string, Node>;

/**
 * The tree as it is now.
 *
 * @param last An image of the same tree: where nothing has changed since, it is answered itself.
 */
export function imageOf(root: string, last: TreeImage = new Map()): TreeImage {
  const image = new Map<string, Node>();
  visit(root, "", (path, node) => {
    const before = last.get(path);
    const same = before !== undefined && sameNode(before, node) && timeOf(before) === timeOf(node);
    image.set(path, same ? before : node);
  });
  const unchanged = image.size === last.size && [...image].every(([path, node]) => last.get(path) === node);
  return unchanged ? last : image;
}

/** Makes the tree as it was, times included, and touches only what differs. */
export function restore(image: TreeImage, root: string): void {
  fs.mkdirSync(root, { recursive: true });
  const present = imageOf(root, image);
  if (present === image) return;
  const gone = [...present.keys()].filter((path) => image.get(path)?.kind !== present.get(path)?.kind);
  for (const path of gone.reverse()) fs.rmSync(join(root, path), { recursive: true, force: true });
  for (const [path, node] of image) {
    const there = gone.includes(path) ? undefined : present.get(path);
    if (there !== node) make(join(root, path), node, there);
  }
  for (const [path, node] of [...image].reverse()) {
    if (node.kind === "folder") setTime(join(root, path), node.time);
  }
}

/** Paths whose kind, mode or content differ; times do not count. */
export function differences(a: TreeImage, b: TreeImage, left: (path: string) => boolean): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => {
    if (left(path)) return false;
    const [one, other] = [a.get(path), b.get(path)];
    return one === undefined || other === undefined || !sameNode(one, other);
  });
}

export function sameNode(a: Node, b: Node): boolean {
  if (a === b) return true;
  if (a.kind === "link" || b.kind === "link")
    return a.kind === "link" && b.kind === "link" && a.target === b.target;
  if (a.mode !== b.mode) return false;
  return a.kind === "file" ? b.kind === "file" && a.bytes.equals(b.bytes) : b.kind === "folder";
}

function timeOf(node: Node): number {
  return node.kind === "link" ? 0 : node.time;
}

/** The kernel answers here, and nothing but a boot changes what it says: most of a tree. EFI variables are not among them. */
const ANSWERED = /^\/sys\/(?:bus|class|devices|kernel)$/;

function visit(root: string, folder: string, see: (path: string, node: Node) => void): void {
  for (const name of fs.readdirSync(join(root, folder)).sort()) {
    const path = `${folder}/${name}`;
    if (ANSWERED.test(path)) continue;
    const real = join(root, path);
    const stat = fs.lstatSync(real);
    const base = { mode: stat.mode & 0o7777, time: Math.floor(stat.mtimeMs) };
    if (stat.isSymbolicLink()) see(path, { kind: "link", target: fs.readlinkSync(real) });
    else if (stat.isFile()) see(path, { kind: "file", ...base, bytes: fs.readFileSync(real) });
    else {
      see(path, { kind: "folder", ...base });
      visit(root, path, see);
    }
  }
}

function make(real: string, node: Node, there: Node | undefined): void {
  switch (node.kind) {
    case "link":
      if (there !== undefined) fs.rmSync(real);
      fs.symlinkSync(node.target, real);
      break;
    case "folder":
      if (there === undefined) fs.mkdirSync(real);
      fs.chmodSync(real, node.mode);
      break;
    case "file":
      fs.writeFileSync(real, node.bytes);
      fs.chmodSync(real, node.mode);
      setTime(real, node.time);
      break;
  }
}

/** In the middle of the millisecond, so that no rounding leads out of it. */
function setTime(real: string, milliseconds: number): void {
  const seconds = (milliseconds + 0.5) / 1000;
  fs.utimesSync(real, seconds, seconds);
}
