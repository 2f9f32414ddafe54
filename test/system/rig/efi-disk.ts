import { spawnSync } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";
import type { Files } from "./fat.ts";
import { copyInto } from "./fat.ts";
import { tool } from "./tool.ts";

/** What a loader takes a partition for (Discoverable Partitions Specification). */
const TYPES = {
  esp: "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
  xbootldr: "BC13C2FF-59E6-4262-A352-B275FD6F7172",
};

export interface Partition {
  readonly type: keyof typeof TYPES;
  /** The FAT volume's serial number, by which GRUB finds it. */
  readonly serial: number;
  readonly files: Files;
  /** Without it there is room for the largest GRUB of Debian's. */
  readonly mebibytes?: number;
}

const MIB = 1024 * 1024;
const SMALL = 8;
/** Of FAT as small as that, and of what can hold kernels. */
const FORMATS = { small: ["-F", "12", "-s", "8"], large: ["-F", "32", "-s", "1"] };

/** Where the first partition of such a disk begins. */
export const FIRST = MIB;

/** A GPT disk of FAT file systems, made without mounting anything. */
export function makeEfiDisk(image: string, partitions: readonly Partition[]): void {
  const sizes = partitions.map(({ mebibytes = SMALL }) => mebibytes);
  const start = (index: number): number => 1 + sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
  writeFileSync(image, "");
  truncateSync(image, (start(partitions.length) + 1) * MIB);
  const table = partitions.map(
    ({ type }, index) => `start=${start(index)}MiB, size=${sizes[index] ?? SMALL}MiB, type=${TYPES[type]}`,
  );
  writeTable(image, ["label: gpt", ...table, ""].join("\n"));
  for (const [index, { serial, files, mebibytes = SMALL }] of partitions.entries()) {
    const offset = start(index) * MIB;
    const format = [
      ...FORMATS[mebibytes > SMALL ? "large" : "small"],
      ...["--offset", `${offset / 512}`],
      ...["-i", serial.toString(16).padStart(8, "0")],
    ];
    tool("mkfs.vfat", ...format, image, `${mebibytes * 1024}`);
    copyInto(`${image}@@${offset}`, files);
  }
}

function writeTable(image: string, table: string): void {
  const { status, stderr } = spawnSync("sfdisk", ["--quiet", image], { input: table, encoding: "utf8" });
  if (status !== 0) throw new Error(`sfdisk: ${stderr}`);
}
