import { known, unknown } from "../../facts/fact.ts";
import type { BootLoaderName, EspFacts, Fact, LoaderDefault, LoaderEntry } from "../../model/index.ts";
import { splitLine } from "../../cmdline.ts";
import { efiLine } from "../line-length.ts";
import type { Menu, MenuEntry } from "../menu.ts";
import { wayBackAmong } from "../menu.ts";
import { namesRoot } from "../root-option.ts";
import { problem } from "../problem.ts";
import { choose, whyOpen } from "./choice.ts";
import { fileName, inMenuOrder, isShown } from "./order.ts";

/** What a menu of systemd-boot is made from. */
export interface BlsMenu {
  readonly loader: BootLoaderName;
  readonly entries: readonly LoaderEntry[];
  readonly setting: LoaderDefault;
  readonly esp: EspFacts;
  /** The entries that may be the way back. */
  readonly candidates: readonly LoaderEntry[];
  /** Candidates that are no other kernel to go back to. */
  readonly copies?: (entry: LoaderEntry) => boolean;
  /** Entries that name the files of /boot themselves, and no copies. */
  readonly isOriginal?: (entry: LoaderEntry) => boolean;
  /** The kernel of this boot. */
  readonly running: Fact<string>;
  /** The line of this boot. */
  readonly cmdline: Fact<string>;
  readonly release: (entry: LoaderEntry) => Fact<string>;
  /** Whether its image has the bytes of the kernel of this boot. */
  readonly hasRunningImage?: (entry: LoaderEntry) => boolean;
}

/** The menu that systemd-boot shows, and what it starts of it. */
export function blsMenu(work: BlsMenu): Fact<Menu> {
  const { entries, setting, esp, candidates, release, running, copies = () => false } = work;
  if (esp.elsewhere !== undefined) return unknown(esp.elsewhere);
  const choice = choose(entries, setting);
  if (choice === undefined && entries.some(isShown)) return unknown(whyOpen(entries, setting));
  const foreign = (entry: LoaderEntry): boolean => !candidates.includes(entry);
  // Where the initrd finds the root by its partition's type, no entry names one (systemd-gpt-auto-generator(8)).
  const needsRoot =
    work.loader !== "systemd-boot" ||
    (work.cmdline.known && namesRoot(work.cmdline.value)) ||
    candidates.some(({ options }) => namesRoot(options));
  const pathOf = ({ initrd }: LoaderEntry): string => initrd?.path.replace(esp.mountPoint, "") ?? "";
  // The loader puts the initrd in front of the options, with the firmware's backslashes.
  const isBooted = (entry: LoaderEntry): boolean =>
    work.cmdline.known &&
    work.hasRunningImage?.(entry) === true &&
    splitLine(work.cmdline.value)
      .filter((word) => word !== `initrd=${pathOf(entry).replaceAll("/", "\\")}`)
      .join(" ") === splitLine(entry.options).join(" ");
  const toEntry = (entry: LoaderEntry): MenuEntry => ({
    name: entry.id,
    release: release(entry),
    said: entry.version,
    booted: isBooted(entry),
    reads: {
      kernel: (entry.image ?? entry.program)?.path ?? "missing",
      initrd: entry.initrd?.path ?? (isInside(entry) ? "inside of it" : "missing"),
    },
    image: known(entry.image ?? entry.program),
    initrd: isInside(entry) ? unknown(`${entry.id} starts it out of its own file`) : known(entry.initrd),
    options: entry.options,
    line: efiLine(pathOf(entry), entry.options),
    copied: !foreign(entry) && work.isOriginal?.(entry) !== true,
    foreign: foreign(entry),
    needsRoot,
  });
  const empty = `${esp.mountPoint}/loader/entries holds no entry with its kernel`;
  if (choice === undefined)
    return known({
      chosen: undefined,
      by: empty,
      rule: empty,
      fallback: unknown("the menu is empty"),
      problems: leftOut(work),
    });
  const chosen = toEntry(choice.entry);
  const unseen = setting.variablesKnown
    ? ""
    : ", unless an EFI variable that cannot be seen here says otherwise";
  const others = inMenuOrder(candidates.filter((entry) => isShown(entry) && !copies(entry)))
    .filter(({ path }) => path !== choice.entry.path)
    .map(toEntry)
    .filter((other) => !sameKernel(other, chosen));
  return known({
    chosen,
    by: choice.by,
    rule: `systemd-boot starts ${fileName(choice.entry)}: ${choice.by}${unseen}`,
    fallback: wayBackAmong(others, chosen, running),
    problems: [...strayDefault(work, choice.missed), ...leftOut(work)],
  });
}

const LEFT_OUT_REMEDY: Readonly<Record<BootLoaderName, string>> = {
  kernelstub: "sudo kernelstub, or remove the entry",
  proxmox: "sudo proxmox-boot-tool refresh",
  "systemd-boot": "install the kernel's package again, or remove the entry",
  grub: "sudo update-grub",
};

/** An entry whose kernel is not there, of this host's own. */
function leftOut({ candidates, loader }: BlsMenu): Menu["problems"] {
  return candidates
    .filter((entry) => !isShown(entry))
    .map((entry) => ({
      ...problem(
        "boot-entry-left-out",
        `systemd-boot leaves ${fileName(entry)} out of its menu: the kernel that it names is not there, or is for another architecture`,
        LEFT_OUT_REMEDY[loader],
      ),
      severity: "warning" as const,
    }));
}

/** A unified image, or another system's loader: no initrd is named. */
function isInside({ kind, program }: LoaderEntry): boolean {
  return kind !== undefined || program !== undefined;
}

function sameKernel({ release: one }: MenuEntry, { release: other }: MenuEntry): boolean {
  return one.known && other.known && one.value === other.value;
}

const STRAY_REMEDY: Readonly<Record<BootLoaderName, string>> = {
  kernelstub: "sudo kernelstub",
  proxmox: "sudo proxmox-boot-tool kernel unpin && sudo proxmox-boot-tool refresh",
  "systemd-boot": "set another one: sudo bootctl set-default ENTRY",
  grub: "sudo update-grub",
};

/**
 * What names no entry is passed over by systemd-boot, and the first of the menu starts (systemd-boot(7)). Beside
 * kernelstub's, that may be a recovery system or another host.
 */
function strayDefault({ loader }: BlsMenu, missed: string | undefined): Menu["problems"] {
  if (missed === undefined) return [];
  return [
    {
      ...problem(
        "default-entry-missing",
        `the default is ${missed}, and there is no such entry`,
        STRAY_REMEDY[loader],
      ),
      severity: loader === "kernelstub" ? "error" : "warning",
    },
  ];
}
