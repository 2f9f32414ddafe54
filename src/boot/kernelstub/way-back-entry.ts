import { posix } from "node:path";
import type { LoaderEntry } from "../../model.ts";

/**
 * The way back: an entry of hostcfg's own with copies of what booted before an apply, and with the options of then.
 * kernelstub overwrites its kernel and initrd in place, and gives its entry for the older kernel the new options as well;
 * so while it runs nothing of its own can be relied on.
 */

export const WAY_BACK = "hostcfg-way-back";

export function isWayBack(id: string): boolean {
  return id === WAY_BACK;
}

/** The default that names it, with and without `.conf` in the loader's ids. */
export const WAY_BACK_PATTERN = `${WAY_BACK}*`;

/** Folder of the copies. No kernel's release has this name: releases begin with a number. */
export function wayBackFolder(esp: string): string {
  return posix.join(esp, "EFI/hostcfg/way-back");
}

export const WAY_BACK_COPIES = { image: "vmlinuz", initrd: "initrd.img" } as const;

const FORMER = "# Before, the default was: ";

/**
 * An entry of the Boot Loader Specification.
 *
 * @param former The default in whose place this entry is put, so that a later run can give it back.
 */
export function wayBackText(of: LoaderEntry, former: string): string {
  const folder = wayBackFolder("/");
  return [
    "# Written by hostcfg: what booted before its last apply.",
    `${FORMER}${former}`,
    `title ${of.title ?? of.id} (before the last hostcfg apply)`,
    `linux ${posix.join(folder, WAY_BACK_COPIES.image)}`,
    `initrd ${posix.join(folder, WAY_BACK_COPIES.initrd)}`,
    `options ${of.options}`,
    "",
  ].join("\n");
}

/** The default that was there before, from the entry's text. */
export function formerDefault(text: string): string | undefined {
  const line = text.split("\n").find((one) => one.startsWith(FORMER));
  const pattern = line?.slice(FORMER.length).trim();
  return pattern === "" ? undefined : pattern;
}
