import { readFileSync, statSync } from "node:fs";
import type { Machine } from "./machine.ts";

// What a power cut keeps is what is on the disks, and that changes only when something is written to them.

/** Has the machine's disks get all that is still in memory. */
export async function sync(machine: Machine): Promise<void> {
  await machine.must("sync", "--file-system", "/", "/boot/efi");
}

/** A number that changes with every write to one of the machine's disks (kernel documentation, block/stat). */
export function writtenTo(machine: Machine): string {
  return ["/", "/boot/efi"]
    .map((disk) => {
      const { dev } = statSync(machine.path(disk));
      return readFileSync(`/sys/block/loop${dev & 0xff}/stat`, "utf8")
        .trim()
        .split(/\s+/)[4];
    })
    .join(" ");
}
