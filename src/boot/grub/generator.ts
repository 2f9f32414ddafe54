import { attempt } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { GrubGenerator } from "../../model/index.ts";

const SCRIPT = "/etc/grub.d/10_linux";
const LIBRARY = "/usr/share/grub/grub-mkconfig_lib";
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

/** GRUB 2.12 sorts the whole list at once; before, and with Ubuntu's own program, the newest is asked for again and again. */
function orderOf(script: string | undefined, library: string | undefined): GrubGenerator["order"] {
  const asksProgram = [script, library].some((text) => text?.includes("grub-sort-version") === true);
  if (script?.includes("reverse_sorted_list=") === true && !asksProgram) return "sort-V-of-paths";
  return library !== undefined && !asksProgram && !library.includes("dpkg --compare-versions")
    ? "sort-V"
    : "dpkg";
}

/** What cannot be read is as what is not there: other facts of the menu then have to tell. */
function textOf(reader: Reader, path: string): string | undefined {
  const text = attempt(path, () => reader.readText(path));
  return text.known ? text.value : undefined;
}
