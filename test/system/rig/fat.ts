import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tool } from "./tool.ts";

export type Files = Readonly<Record<string, string | Buffer>>;

const MIB = 1024 * 1024;

/** A disk that is one FAT file system, made without mounting anything. */
export function makeFat(image: string, mebibytes: number, serial: number, files: Files): void {
  writeFileSync(image, "");
  truncateSync(image, mebibytes * MIB);
  tool("mkfs.vfat", "-i", serial.toString(16).padStart(8, "0"), image);
  copyInto(image, files);
}

/** @param volume As mtools name it: an image, or `IMAGE@@OFFSET`. */
export function copyInto(volume: string, files: Files): void {
  const tree = mkdtempSync(`${volume.replace(/@@.*/, "")}-`);
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), content);
    }
    const tops = readdirSync(tree).map((name) => join(tree, name));
    if (tops.length > 0) tool("mcopy", "-s", "-Q", "-i", volume, ...tops, "::");
  } finally {
    rmSync(tree, { recursive: true });
  }
}
