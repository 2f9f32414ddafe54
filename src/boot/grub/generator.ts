import { attempt } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { GrubGenerator } from "../../model/index.ts";

const SCRIPT = "/etc/grub.d/10_linux";
const LIBRARY = "/usr/share/grub/grub-mkconfig_lib";
/** Ubuntu's, since its GRUB 2.12. */
const SORTER = "/usr/lib/grub/grub-sort-version";
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
  };
}

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

/** What cannot be read is as what is not there: other facts of the menu then have to tell. */
function textOf(reader: Reader, path: string): string | undefined {
  const text = attempt(path, () => reader.readText(path));
  return text.known ? text.value : undefined;
}
