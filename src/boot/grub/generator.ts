import { attempt } from "../../facts/fact.ts";
import { ifRecorded } from "../../facts/unrecorded.ts";
import type { Reader } from "../../host/reader.ts";
import type { GrubGenerator } from "../../model/index.ts";

const SCRIPT = "/etc/grub.d/10_linux";
const LIBRARY = "/usr/share/grub/grub-mkconfig_lib";
/** Ubuntu's, since its GRUB 2.12. */
const SORTER = "/usr/lib/grub/grub-sort-version";
export const UPDATERS = ["/usr/sbin/update-grub", "/usr/bin/update-grub"];
const MAKERS = ["/usr/sbin/grub-mkconfig", "/usr/bin/grub-mkconfig"];

/**
 * What the installed grub-mkconfig and its 10_linux do, as far as it differs between versions and distributions. It is
 * read from their texts: a program named update-grub says nothing of it.
 */
export function readGenerator(reader: Reader): GrubGenerator {
  const script = textOf(reader, SCRIPT);
  const maker = MAKERS.map((path) => textOf(reader, path)).find((text) => text !== undefined);
  const library = textOf(reader, LIBRARY);
  const access = /\sroot=\S+\s+(r[ow])\s/.exec(script ?? "")?.[1];
  return {
    order: orderOf(script, library),
    ...flavoursOf(script, library, textOf(reader, SORTER)),
    ...(script === undefined
      ? {}
      : { topLevel: script.includes("grub_move_to_front"), ids: IDS.test(script) }),
    ...(access === "ro" || access === "rw" ? { access } : {}),
    ...(maker === undefined ? {} : { dropIns: DROP_INS_READ.test(maker) }),
    ...(script !== undefined && WHOLE_NAMES.test(script) ? { wholeNames: true } : {}),
    ...(UPDATERS.some((path) => isThere(reader, path)) || !MAKERS.some((path) => isThere(reader, path))
      ? {}
      : { by: "grub-mkconfig" }),
  };
}

/** `sed -e "s,vmlinuz-,,g"` (Arch's patch); all others take what stands before the first number off. */
const WHOLE_NAMES = /^\s*version=.*\bsed\b.*["']s,vmlinuz-,,g?["']/m;
/** `$menuentry_id_option 'gnulinux-$version-$type-$boot_device_id'`, by which hostcfg pins a kernel. */
const IDS = /menuentry_id_option\s+'gnulinux-\$version-\$type-/;
/** `for x in ${sysconfdir}/default/grub.d/*.cfg` (Debian's patch). */
const DROP_INS_READ = /^[^#\n]*\/default\/grub\.d\/\*\.cfg/m;

/** GRUB 2.12 sorts the whole list at once; before, the newest is asked for again and again. */
function orderOf(script: string | undefined, library: string | undefined): GrubGenerator["order"] {
  if (asksSorter(script, library)) return "dpkg-of-paths";
  if (script?.includes("reverse_sorted_list=") === true) return "sort-V-of-paths";
  return library !== undefined && !library.includes("dpkg --compare-versions") ? "sort-V" : "dpkg";
}

function asksSorter(...texts: readonly (string | undefined)[]): boolean {
  return texts.some((text) => text?.includes("grub-sort-version") === true);
}

/** Left open where a text that decides cannot be read, or looks for flavours in a way of its own. */
function flavoursOf(
  script: string | undefined,
  library: string | undefined,
  sorter: string | undefined,
): Pick<GrubGenerator, "flavours"> {
  const text = asksSorter(script, library) ? sorter : library;
  if (text === undefined) return {};
  if (!text.includes("GRUB_FLAVOUR_ORDER")) return { flavours: false };
  return FLAVOUR_LAST.some((form) => text.includes(form)) ? { flavours: true } : {};
}

/** A flavour is what stands last in a release: as Ubuntu's version_test_gt has it up to 23.10, and grub-sort-version. */
const FLAVOUR_LAST = [String.raw`"-[0-9]*-$flavour\$"`, String.raw`[\\s\\S]*-{flavour}(\\s*\\d*)$`];

/** A kernel that is named by its package, as Arch has it, of which a 10_linux without Arch's patch takes a part for the whole. */
export function halvedName(reader: Reader): string | undefined {
  const list = attempt("/boot", () => reader.list("/boot"));
  const files = list.known ? list.value : [];
  const name = files
    .flatMap((file) => /^vmlinuz-(\D*-.+)$/.exec(file)?.[1] ?? [])
    .find((one) => files.includes(`initramfs-${one}.img`));
  return name === undefined ? undefined : `/boot/vmlinuz-${name}`;
}

function isThere(reader: Reader, path: string): boolean {
  return ifRecorded(() => reader.stat(path)) !== undefined;
}

/** What cannot be read is as what is not there: other facts of the menu then have to tell. */
function textOf(reader: Reader, path: string): string | undefined {
  const text = attempt(path, () => reader.readText(path));
  return text.known ? text.value : undefined;
}
