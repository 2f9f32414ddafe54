import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { playMenu } from "../../system/rig/grub-menu.ts";
import type { Started } from "../../system/rig/live.ts";
import { playLoader } from "../../system/rig/loader.ts";
import type { MachineFiles } from "../../system/rig/machine.ts";
import { ESP } from "../../system/rig/systemd-boot.ts";
import { tool } from "../../system/rig/tool.ts";

// What a loader would start from a disk that nobody has mounted: it reads what stands there, and repairs nothing.

/** Files as they are asked for, each taken out of an image once. */
class Taken implements MachineFiles {
  readonly #folder: string;
  readonly #take: (inside: string, to: string) => void;
  readonly #there = new Set<string>();

  constructor(folder: string, take: (inside: string, to: string) => void) {
    this.#folder = folder;
    this.#take = take;
  }

  path(inside: string): string {
    const to = join(this.#folder, inside);
    if (!this.#there.has(inside)) {
      this.#there.add(inside);
      mkdirSync(dirname(to), { recursive: true });
      this.#take(inside, to);
    }
    return to;
  }

  readText(inside: string): string {
    return readFileSync(this.path(inside), "utf8");
  }
}

function within<T>(image: string, use: (scratch: string) => T): T {
  const scratch = mkdtempSync(`${image}-`);
  try {
    return use(scratch);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const ORIGINALS = "/originals";

/** What systemd-boot starts from an ESP; `boot` is a folder with what was in /boot, that the copies are compared with. */
export function startedFromEsp(image: string, boot: string): Started {
  return within(image, (scratch) => {
    const files = new Taken(scratch, (inside, to) => {
      if (inside === ORIGINALS) tool("ln", "-s", boot, to);
      // Where it is not there, the loader finds nothing either.
      else spawnSync("mcopy", ["-s", "-n", "-Q", "-i", image, `::${posix.relative(ESP, inside)}`, to]);
    });
    return playLoader(files, [ORIGINALS]);
  });
}

/** No journal, no checksums, no lists of what is free: only what stands there. */
const AS_GRUB_READS = ["-n", "-c", "-R"];

/** A file of a root file system as GRUB finds it; empty where it finds none. */
export function asGrubReads(image: string, inside: string): string {
  return tool("debugfs", ...AS_GRUB_READS, `cat ${inside}`, image);
}

/** What GRUB starts from a root file system. It does not replay the journal. */
export function startedFromRoot(image: string): Started {
  return within(image, (scratch) => {
    const files = new Taken(scratch, (inside, to) => {
      spawnSync("debugfs", [...AS_GRUB_READS, `dump ${inside} ${to}`, image]);
    });
    const { kernel, initrd, line } = playMenu(files);
    for (const path of [kernel, initrd])
      if (!/Type: regular[^]*Size: [1-9]/.test(tool("debugfs", ...AS_GRUB_READS, `stat ${path}`, image)))
        throw new Error(`the menu's ${path} is no file with content`);
    return { release: kernel.replace("/boot/vmlinuz-", ""), cmdline: `BOOT_IMAGE=${kernel} ${line}` };
  });
}

/** The files of a FAT file system that fsck.fat finds fault with. What else it says, of the dirty bit and the like, is harmless. */
export function faultyFiles(image: string): readonly string[] {
  const { stdout } = spawnSync("fsck.fat", ["-n", image], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => line.startsWith("/") && !line.startsWith(`${image}:`));
}

/** A copy of a FAT file system after what a host's boot does to it. */
export function mended(image: string): string {
  const copy = `${image}.mended`;
  tool("cp", "--sparse=always", image, copy);
  // Exits with 1 where there was something to mend.
  spawnSync("fsck.fat", ["-a", copy]);
  return copy;
}

/** A folder of an ext4 image. */
export function dumpFolder(image: string, inside: string, to: string): void {
  mkdirSync(to, { recursive: true });
  tool("debugfs", "-R", `rdump ${inside} ${to}`, image);
}
