import type { Reader } from "../host/reader.ts";
import type { Fact, MountFact, UnmountedFact } from "../model/index.ts";
import { devicePath } from "./block-devices.ts";
import { attempt } from "./fact.ts";
import { mountLines } from "./mounts.ts";

export const FSTAB = "/etc/fstab";

export interface FstabLine {
  readonly source: string;
  readonly mountPoint: string;
  readonly type: string;
  /** The start of the system waits for it and fails without it (systemd.mount(5)). */
  readonly required: boolean;
}

export function readFstab(reader: Reader): Fact<readonly FstabLine[]> {
  return attempt(FSTAB, () => parseFstab(reader.readText(FSTAB) ?? ""));
}

export function parseFstab(text: string): FstabLine[] {
  return mountLines(text)
    .filter(({ source }) => !source.startsWith("#"))
    .map(({ options, mountPoint, ...line }) => ({
      ...line,
      mountPoint: mountPoint.replace(/(?<=.)\/+$/, ""),
      required: !options.some((option) => OPTIONAL.test(option)),
    }));
}

/** The lines about places where nothing is mounted: also those that only a person mounts. */
export function readUnmounted(reader: Reader, mounts: Fact<readonly MountFact[]>): UnmountedFact[] {
  const lines = readFstab(reader);
  if (!lines.known || !mounts.known) return [];
  const mounted = new Set(mounts.value.map(({ mountPoint }) => mountPoint));
  return lines.value
    .filter(({ mountPoint }) => mountPoint.startsWith("/") && !mounted.has(mountPoint))
    .map(({ source, mountPoint }) => ({ source, mountPoint }));
}

/** With these the start goes on without the file system. */
const OPTIONAL = /^(?:nofail|noauto|x-systemd\.automount)$/;
/** All that is read of a line's options. Others may hold a password (mount.cifs(8)). */
const KEPT = /^(?:nofail|noauto|x-systemd\.automount|bind|rbind)$/;

/** The text as a capture keeps it: the lines about this host's own disks, and of their options those that are read. */
export function trimFstab(text: string): string {
  return text
    .split("\n")
    .filter((line) => parseFstab(line).some(({ source }) => devicePath(source) !== undefined))
    .map((line) => {
      const [source = "", mountPoint = "", type = "", options = ""] = line.trim().split(/[ \t]+/);
      const kept = options.split(",").filter((option) => KEPT.test(option));
      return `${[source, mountPoint, type, kept.join(",") || "defaults", "0", "0"].join(" ")}\n`;
    })
    .join("");
}
