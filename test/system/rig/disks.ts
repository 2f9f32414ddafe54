import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { tool } from "./tool.ts";

// A machine's folder holds its disks as ext4 images. Not every kernel has VFAT, so the ESP is ext4 too; loop devices
// make real block devices of them, which findmnt knows a UUID of.

export function rootDisk(folder: string): string {
  return join(folder, "root.img");
}

export function espDisk(folder: string): string {
  return join(folder, "esp.img");
}

/** Makes the disks: the root file system with what is in `tree`, and an empty ESP. */
export function makeDisks(folder: string, tree: string, rootUuid: string): void {
  const ext4 = ["-q", "-t", "ext4", "-m", "0"];
  tool("mke2fs", ...ext4, "-U", rootUuid, "-d", tree, rootDisk(folder), "1G");
  tool("mke2fs", ...ext4, espDisk(folder), "256M");
}

/** Copies the disks, so that what a machine does to its own is seen by no other. */
export function copyDisks(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const disk of [rootDisk, espDisk]) tool("cp", "--sparse=always", disk(from), disk(to));
}
