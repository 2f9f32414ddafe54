import { posix } from "node:path";
import { Traceback } from "./configuration.ts";
import type { Machine } from "../program.ts";

/** drive.py of kernelstub 3.1.4 found no mount: it ends with exit code 174. */
export class NoBlockDevice extends Error {}

/**
 * Checks root and ESP as kernelstub does, by /proc/mounts and /sys/class/block, and answers the UUID of the root
 * file system. findmnt's exit code is not looked at, so the UUID may be empty.
 */
export function rootUuid(espPath: string, { root, run }: Machine): string {
  const mounts = root.text("/proc/mounts").split("\n");
  const sourceOf = (path: string): string => {
    const source = mounts.map((line) => line.split(" ")).find(([, mountPoint]) => mountPoint === path)?.[0];
    if (source === undefined) throw new NoBlockDevice(`Couldn't find the block device for ${path}`);
    return root.resolve(source);
  };
  sourceOf("/");
  const node = `/sys/class/block/${posix.basename(sourceOf(espPath))}`;
  if (root.linkTarget(node) === undefined) {
    throw new Traceback(`FileNotFoundError: [Errno 2] No such file or directory: '${node}'`);
  }
  return run(["findmnt", "-n", "-o", "UUID", "--mountpoint", "/"]).stdout.trim();
}
