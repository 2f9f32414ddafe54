import { posix } from "node:path";
import { essenceOf, parseOption, splitLine } from "../../cmdline.ts";
import { known, unknown } from "../../facts/fact.ts";
import type { Fact, GrubEntryText } from "../../model/index.ts";
import { nameIn } from "./default-entry.ts";
import { attributesOf, writtenEntries } from "./menu-text.ts";

/**
 * The entry of a menu that starts the kernel of this boot with the options of this boot, so that it is known to be good.
 *
 * @param cmdline /proc/cmdline: GRUB puts the image that it has read in front (BOOT_IMAGE=, grub-core/loader/i386/linux.c).
 */
export function bootedEntry(menu: string, cmdline: string): Fact<GrubEntryText> {
  const image = splitLine(cmdline)
    .map(parseOption)
    .find(({ name }) => name === "BOOT_IMAGE")?.value;
  if (image === undefined) return unknown("this boot was not started by GRUB");
  const options = essenceOf(cmdline);
  const found = writtenEntries(menu).find(
    ({ entry: { linux, options: its } }) =>
      linux !== undefined &&
      posix.basename(linux) === posix.basename(image) &&
      essenceOf(its.join(" ")) === options,
  );
  const release = found === undefined ? undefined : nameIn(found.entry);
  if (found === undefined || release === undefined)
    return unknown("no entry of the menu starts the kernel of this boot with its options");
  return known({
    release,
    title: found.entry.title,
    attributes: attributesOf(found.heading),
    body: found.body.map((line) => `${line}\n`).join(""),
  });
}
