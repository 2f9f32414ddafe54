import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { posix } from "node:path";
import type { Started } from "./live.ts";
import type { Machine, MachineFiles } from "./machine.ts";

const ESP = "/boot/efi";

/**
 * Plays systemd-boot: follows loader.conf to the default entry and the entry to its files (loader.conf(5), Boot
 * Loader Specification type #1). Throws where a real host would not come up: no such entry, a missing or broken
 * file, or an image whose initrd is another kernel's.
 *
 * @param originals Folders with the kernels and initrds that the files on the ESP may be copies of.
 */
export function playLoader(machine: MachineFiles, originals: readonly string[] = ["/boot"]): Started {
  const id =
    /^default\s+(\S+)$/m.exec(machine.readText(`${ESP}/loader/loader.conf`))?.[1] ?? newestEntry(machine);
  // Of patterns, it knows those that hostcfg writes: a release's whole name, and a star for the suffix.
  const entry = machine.readText(`${ESP}/loader/entries/${id.replace(/(?:\.conf|\*)$/, "")}.conf`);
  const image = field(entry, "linux");
  const initrd = field(entry, "initrd");
  const release = releaseOf(machine, originals, "vmlinuz", image);
  const initrdRelease = releaseOf(machine, originals, "initrd.img", initrd);
  if (release !== initrdRelease) {
    throw new Error(`${id} starts the kernel ${release} with the initrd of ${initrdRelease}`);
  }
  // The EFI stub hands the initrd's path on in the command line, with the firmware's backslashes.
  const cmdline = `initrd=${initrd.replaceAll("/", "\\")} ${field(entry, "options")}`;
  return { release, cmdline };
}

/** What systemd-boot starts without a default; the names of these entries differ in their release only. */
function newestEntry(machine: MachineFiles): string {
  const names = readdirSync(machine.path(`${ESP}/loader/entries`)).sort((a, b) =>
    b.localeCompare(a, "en", { numeric: true }),
  );
  if (names[0] === undefined) throw new Error("there is no entry to start");
  return names[0];
}

/** The kernel that a file on the ESP is a whole copy of, judged by content. */
function releaseOf(
  machine: MachineFiles,
  originals: readonly string[],
  prefix: string,
  onEsp: string,
): string {
  const copy = readFileSync(machine.path(posix.join(ESP, onEsp)));
  const original = originals
    .map((folder) => machine.path(folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => posix.join(folder, name)))
    .filter((path) => posix.basename(path).startsWith(`${prefix}-`))
    .find((path) => readFileSync(path).equals(copy));
  if (copy.length === 0 || original === undefined) {
    throw new Error(`${onEsp} on the ESP (${copy.length} bytes) is no copy of any ${prefix} in /boot`);
  }
  return posix.basename(original).slice(prefix.length + 1);
}

function field(entry: string, name: string): string {
  const value = new RegExp(`^${name}\\s+(.+)$`, "m").exec(entry)?.[1];
  if (value === undefined) throw new Error(`the entry names no ${name}:\n${entry}`);
  return value;
}

/** What every cut must leave: both links end at files with content, and the loader can start something. */
export function playBoot(machine: Machine): Started {
  for (const link of ["/boot/vmlinuz", "/boot/initrd.img"]) {
    const end = posix.resolve("/boot", readlinkSync(machine.path(link)));
    if (readFileSync(machine.path(end)).length === 0) throw new Error(`${link} ends at an empty file`);
  }
  return playLoader(machine);
}
