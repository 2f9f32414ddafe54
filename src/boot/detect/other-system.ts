import { posix } from "node:path";
import { attempt } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { GrubFacts, Identity } from "../../model/index.ts";
import { readBootCurrent } from "../efi-variables.ts";

/** The folders on the ESP that these systems' own GRUB is installed into. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  debian: ["debian"],
  kali: ["kali"],
  linuxmint: ["ubuntu", "linuxmint"],
  ubuntu: ["ubuntu"],
};
/** Those of systems that hostcfg does not know by their loader. */
const OTHERS = [
  ...["almalinux", "arch", "centos", "endeavouros", "fedora", "garuda"],
  ...["manjaro", "opensuse", "redhat", "rocky", "sles"],
];
const ESPS = ["/boot/efi", "/efi"];

/**
 * Whose menu started this boot, where it is another system's: this host's menu then decides nothing. The firmware says
 * which folder's loader it started; a menu that this boot's line stands in is this host's own, whatever the folder.
 *
 * @returns One clause; undefined where nothing speaks for another system.
 */
export function otherSystem(
  reader: Reader,
  { os }: Pick<Identity, "os">,
  { booted, menu }: GrubFacts,
): string | undefined {
  if (booted.known) return undefined;
  const file = readBootCurrent(reader)?.file;
  const [, folder = ""] = /^\\EFI\\([^\\]+)\\(?:shim|grub)[^\\]*\.efi$/i.exec(file ?? "") ?? [];
  if (file === undefined || folder === "") return undefined;
  const own = menu.known ? (menu.value.searched ?? []) : [];
  const named = searchedFrom(reader, folder);
  const another =
    named === undefined || own.length === 0
      ? isAnothers(folder.toLowerCase(), os.known ? os.value.id : "")
      : !own.includes(named);
  return another
    ? `the firmware started ${file}, another system's loader, and this boot's line is no entry of this host's menu: that system's menu decides what boots next`
    : undefined;
}

function isAnothers(folder: string, id: string): boolean {
  const own = FOLDERS[id];
  if (own === undefined || own.includes(folder)) return false;
  return OTHERS.includes(folder) || Object.values(FOLDERS).flat().includes(folder);
}

/** The file system that the loader of that folder takes its menu from: Debian and Ubuntu put a small grub.cfg beside it. */
function searchedFrom(reader: Reader, folder: string): string | undefined {
  for (const esp of ESPS) {
    const path = posix.join(esp, "EFI", folder, "grub.cfg");
    const text = attempt(path, () => reader.readText(path));
    const uuid = text.known ? /^\s*search\.fs_uuid\s+(\S+)/m.exec(text.value)?.[1] : undefined;
    if (uuid !== undefined) return uuid;
  }
  return undefined;
}
