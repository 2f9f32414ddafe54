import { posix } from "node:path";
import { osReleaseValues } from "../../facts/os-release.ts";
import { attempt } from "../../facts/fact.ts";
import { lacksSection, sectionOf } from "../../facts/pe-image.ts";
import type { Reader } from "../../host/reader.ts";
import type { LoaderEntry } from "../../model/index.ts";
import { loaderSetting } from "./entry-text.ts";
import { loaderConf } from "./loader-default.ts";

/** Where unified kernel images are: type #2 entries (Boot Loader Specification). */
const UNIFIED = "EFI/Linux";
/** More than what comes before the kernel in an image that ukify(1) or objcopy has made. */
const HEAD_BYTES = 1 << 20;

/** What systemd-boot finds by itself, by the names that it gives it, in the order of its menu (systemd-boot(7)). */
const AUTO = [
  ["auto-osx", "System/Library/CoreServices/boot.efi"],
  ["auto-windows", "EFI/Microsoft/Boot/bootmgfw.efi"],
  ["auto-efi-shell", "shellx64.efi"],
  ["auto-efi-default", "EFI/Boot/BOOTX64.EFI"],
] as const;

/**
 * What systemd-boot has in its menu besides type #1 entries.
 *
 * @param partitions Mount points, the ESP first; other systems are looked for there only.
 */
export function readOtherEntries(reader: Reader, partitions: readonly string[]): readonly LoaderEntry[] {
  const [esp] = partitions;
  return [
    ...partitions.flatMap((partition) => unifiedIn(reader, posix.join(partition, UNIFIED))),
    ...(esp === undefined || !looksForOthers(reader, esp)
      ? []
      : AUTO.flatMap(([id, file]) => autoEntry(reader, id, posix.join(esp, file)))),
  ];
}

/** loader.conf's `auto-entries`. */
function looksForOthers(reader: Reader, esp: string): boolean {
  const conf = attempt(esp, () => reader.readText(loaderConf(esp)) ?? "");
  const says = conf.known ? loaderSetting(conf.value, "auto-entries") : undefined;
  return !/^(?:0|no|n|false|f|off)$/i.test(says ?? "");
}

function autoEntry(reader: Reader, id: string, program: string): LoaderEntry[] {
  const stat = attempt(program, () => reader.stat(program));
  if (!stat.known || stat.value.kind !== "file") return [];
  // There is no file of that name; defaults name it so.
  return [
    {
      kind: "auto",
      id,
      path: posix.join(posix.dirname(program), id),
      options: "",
      program: { path: program, size: stat.value.size },
    },
  ];
}

function unifiedIn(reader: Reader, folder: string): LoaderEntry[] {
  const names = attempt(folder, () => reader.list(folder));
  return (names.known ? names.value : []).flatMap((file): LoaderEntry[] => {
    const [, id, left, done] = /^(?!\.|auto-)(.+?)(?:\+(\d+)(?:-(\d+))?)?\.efi$/is.exec(file) ?? [];
    const path = posix.join(folder, file);
    if (id === undefined || reader.stat(path)?.kind !== "file") return [];
    const head = attempt(path, () => reader.head(path, HEAD_BYTES));
    const section = (name: string): string | undefined =>
      head.known ? sectionOf(head.value, name) : undefined;
    // The loader passes over an image that does not say of which system it is.
    if (head.known && lacksSection(head.value, ".osrel")) return [];
    const os = section(".osrel");
    const tries = left === undefined ? {} : { tries: { left: Number(left), done: Number(done ?? 0) } };
    const common = { kind: "unified", id: `${id}.efi`, path, ...tries } as const;
    const image = { path, size: reader.stat(path)?.size ?? 0 };
    if (os === undefined) return [{ ...common, options: "", image, unplaced: true }];
    const says = osReleaseValues(os);
    const first = (...keys: string[]): string | undefined =>
      keys.map((key) => says.get(key)).find((value) => value !== undefined && value !== "");
    const [title, sortKey, version] = [
      first("PRETTY_NAME", "IMAGE_ID", "NAME", "ID"),
      first("IMAGE_ID", "ID"),
      first("IMAGE_VERSION", "VERSION", "VERSION_ID", "BUILD_ID"),
    ];
    return [
      {
        ...common,
        ...(title === undefined ? {} : { title }),
        ...(sortKey === undefined ? {} : { sortKey }),
        ...(version === undefined ? {} : { version }),
        options: section(".cmdline")?.trim() ?? "",
        image,
      },
    ];
  });
}
