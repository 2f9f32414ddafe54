import { attempt } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { Identity, RefusedLoader } from "../../model.ts";
import type { Family } from "./live.ts";

/** What was found of each loader that hostcfg drives. */
export interface Found {
  readonly grub: boolean;
  readonly proxmox: boolean;
  readonly typeOneEntries: boolean;
}

/** A host that is recognised and must be left alone, whatever else is installed on it. */
export function refused(
  reader: Reader,
  { os }: Identity,
  live: readonly Family[],
  found: Found,
): RefusedLoader | undefined {
  const there = (path: string): boolean => reader.stat(path) !== undefined;
  if ((os.known && os.value.id === "nixos") || there("/etc/NIXOS"))
    return {
      kind: "nixos",
      name: "NixOS, which generates its loader's files",
      why: "every nixos-rebuild writes the loader's files anew from the system's configuration",
    };
  if (there("/run/ostree-booted") || there("/ostree/repo"))
    return {
      kind: "ostree",
      name: "an image-based system (rpm-ostree or bootc)",
      why: "each deployment brings its own loader entries",
    };
  if (live.includes("unified-kernel-image") && !(found.typeOneEntries && !live[0]?.startsWith("unified")))
    return {
      kind: "unified-kernel-image",
      name: "a unified kernel image",
      why: "its options are inside the image, which may be signed",
    };
  if (live[0] === "refind")
    return {
      kind: "refind",
      name: "rEFInd",
      why: "it finds kernels by itself, and hostcfg does not know its files",
    };
  if (live[0] === "limine") return { kind: "limine", name: "Limine", why: "hostcfg does not know its files" };
  if (live[0] === "extlinux" || (live.length === 0 && !found.grub && there("/boot/extlinux/extlinux.conf")))
    return { kind: "extlinux", name: "extlinux", why: "hostcfg does not know its files" };
  if (live[0] === "grub" && found.proxmox)
    return {
      kind: "proxmox-grub",
      name: "GRUB on ESPs that proxmox-boot-tool keeps",
      why: "the menu there is made by proxmox-boot-tool from both /etc/default/grub and its own list",
    };
  return grubElsewhere(reader, live, found);
}

/** GRUB as Fedora, RHEL, SUSE and Arch set it up. */
function grubElsewhere(reader: Reader, live: readonly Family[], found: Found): RefusedLoader | undefined {
  const settings = attempt("/etc/default/grub", () => reader.readText("/etc/default/grub"));
  const bls = settings.known && /^\s*GRUB_ENABLE_BLSCFG=["']?true/m.test(settings.value);
  if (bls && reader.stat("/boot/loader/entries") !== undefined)
    return {
      kind: "grub-bls",
      name: "GRUB with Boot Loader Specification entries (Fedora, RHEL)",
      why: "grub.cfg does not hold the entries there, and grub2-mkconfig does not write them",
    };
  const other = reader.stat("/boot/grub2/grub.cfg") !== undefined;
  if (other && !found.grub && (live.length === 0 || live[0] === "grub"))
    return {
      kind: "grub-elsewhere",
      name: "GRUB in /boot/grub2 (SUSE and others)",
      why: "hostcfg knows GRUB as Debian and Ubuntu set it up",
    };
  return undefined;
}
