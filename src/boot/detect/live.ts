import { posix } from "node:path";
import { GRUB_MENUS } from "../grub/probe.ts";
import { ASIDE } from "../proxmox/aside.ts";
import { splitLine } from "../../cmdline.ts";
import type { Reader } from "../../host/reader.ts";
import type { Running } from "../../model/index.ts";
import type { BootOption } from "../efi-variables.ts";
import { readBootCurrent, readLoaderVariable } from "../efi-variables.ts";

/** What kind of program started the kernel. */
export type Starter =
  | "systemd-boot"
  | "grub"
  | "refind"
  | "limine"
  | "extlinux"
  /** The kernel was in a unified kernel image; what started that is no matter. */
  | "unified-kernel-image"
  /** The firmware started the kernel itself, with the options of its own boot entry. */
  | "efi-stub"
  /** It says its name, and hostcfg does not know it. */
  | "unfamiliar";

/** A trace that the loader left in the running system. */
export interface Trace {
  /** `shim` starts another loader, mostly GRUB; `initrd=` is what several of them leave on the line. */
  readonly starter: Starter | "shim" | "initrd=";
  /** One clause for a person. */
  readonly evidence: string;
}

/** What this boot shows of its loader; `contradicting` where the traces do not agree. */
export interface Live {
  readonly evidence: readonly string[];
  readonly starter?: Starter;
  readonly contradicting?: readonly Starter[];
  /** GRUB took the kernel from where it lies on the ESPs of proxmox-boot-tool: their root, or where hostcfg puts it aside. */
  readonly asFromEsp?: true;
}

/** How the loaders call themselves in LoaderInfo. */
const BY_NAME: readonly (readonly [RegExp, Starter])[] = [
  [/^(systemd-boot|gummiboot)\b/i, "systemd-boot"],
  [/^grub\b/i, "grub"],
  [/^refind\b/i, "refind"],
  [/^limine\b/i, "limine"],
];

/** How their files are called on an ESP, the more telling name first. */
const BY_FILE: readonly (readonly [RegExp, Trace["starter"]])[] = [
  [/\\(systemd-boot|gummiboot)[^\\]*\.efi$/i, "systemd-boot"],
  [/\\systemd\\shim[^\\]*\.efi$/i, "systemd-boot"],
  [/\\shim[^\\]*\.efi$/i, "shim"],
  [/\\grub[^\\]*\.efi$/i, "grub"],
  [/\\refind[^\\]*\.efi$/i, "refind"],
  [/\\limine[^\\]*\.efi$/i, "limine"],
  [/\\efi\\linux\\[^\\]*\.efi$/i, "unified-kernel-image"],
  [/\\(vmlinu[xz]|bzimage|linux)[^\\]*$/i, "efi-stub"],
];

/** Options that live media put on the line (casper, live-boot, dracut, archiso). */
const OF_LIVE_MEDIA = /^(boot=(casper|live)|rd\.live\.image|root=live:.*|archiso(basedir|label|device)=.*)$/;

/**
 * What this boot itself tells of its loader: the Boot Loader Interface's variables, the kernel's command line, the
 * firmware's boot option. All of them are read through the reader, so in another root only what is below it counts.
 */
export function readLive(reader: Reader, { cmdline }: Running): Live {
  const options = cmdline.known ? splitLine(cmdline.value) : [];
  const medium = options.find((option) => OF_LIVE_MEDIA.test(option));
  if (medium !== undefined)
    return {
      evidence: [`this boot is a live medium's (${medium}), and tells nothing of an installed loader`],
    };
  const traces = [...fromVariables(reader), ...fromLine(reader, options), ...fromFirmware(reader)];
  const images = options.flatMap((option) => /^BOOT_IMAGE=(?:\([^)]*\))?(\/.+)$/.exec(option)?.[1] ?? []);
  const isAsFromEsp = images.some((path) => posix.dirname(path) === "/" || path === ASIDE.image);
  return {
    evidence: traces.map(({ evidence }) => evidence),
    ...startedBy(traces),
    ...(isAsFromEsp ? { asFromEsp: true } : {}),
  };
}

/** What the traces amount to. */
export function startedBy(traces: readonly Pick<Trace, "starter">[]): Omit<Live, "evidence"> {
  const seen = new Set(traces.map(({ starter }) => starter));
  if (seen.has("unified-kernel-image")) return { starter: "unified-kernel-image" };
  const named = [...seen].filter((starter) => starter !== "shim" && starter !== "initrd=");
  if (seen.has("initrd=") && !named.some((starter) => starter !== "grub" && starter !== "extlinux"))
    named.push("systemd-boot");
  if (seen.has("shim") && named.length === 0) return { starter: "grub" };
  const [starter, ...others] = named;
  if (starter === undefined) return {};
  return others.length === 0 ? { starter } : { contradicting: named };
}

function fromVariables(reader: Reader): Trace[] {
  const value = (name: string): string => {
    const fact = readLoaderVariable(reader, name);
    return fact.known ? fact.value : "";
  };
  const [info, stub, selected] = [value("LoaderInfo"), value("StubInfo"), value("LoaderEntrySelected")];
  const variable = /\.efi$/i.test(selected)
    ? `LoaderEntrySelected: ${selected}`
    : stub === ""
      ? undefined
      : `StubInfo: ${stub}`;
  return [
    ...(variable === undefined
      ? []
      : [
          {
            starter: "unified-kernel-image" as const,
            evidence: `this boot's kernel is in a unified kernel image (EFI variable ${variable})`,
          },
        ]),
    ...(info === ""
      ? []
      : [
          {
            starter: BY_NAME.find(([name]) => name.test(info))?.[1] ?? ("unfamiliar" as const),
            evidence: `this boot was started by ${info} (EFI variable LoaderInfo)`,
          },
        ]),
  ];
}

/** syslinux and its kin set BOOT_IMAGE= as GRUB does; on such a host there is no menu of GRUB. */
const EXTLINUX = [
  "/boot/extlinux/extlinux.conf",
  "/extlinux/extlinux.conf",
  "/boot/syslinux/syslinux.cfg",
  "/boot/extlinux.conf",
];

/** The configuration file of extlinux or syslinux, where there is one. */
export function extlinuxFile(reader: Reader): string | undefined {
  return EXTLINUX.find((path) => reader.stat(path) !== undefined);
}

function fromLine(reader: Reader, options: readonly string[]): Trace[] {
  if (options.some((option) => option.startsWith("BOOT_IMAGE="))) {
    const file = GRUB_MENUS.some((path) => reader.stat(path) !== undefined)
      ? undefined
      : extlinuxFile(reader);
    return file === undefined
      ? [{ starter: "grub", evidence: "this boot was started by GRUB (BOOT_IMAGE= in /proc/cmdline)" }]
      : [
          {
            starter: "extlinux",
            evidence: `this boot was started by extlinux (BOOT_IMAGE= in /proc/cmdline, and ${file})`,
          },
        ];
  }
  // The kernel's EFI stub loads what this names, so whoever started it gave it the option.
  if (!options.some((option) => /^initrd=.*\\/.test(option))) return [];
  return [
    {
      starter: "initrd=",
      evidence: "this boot was started by systemd-boot or the kernel's EFI stub (initrd=\\ in /proc/cmdline)",
    },
  ];
}

function fromFirmware(reader: Reader): Trace[] {
  const current = readBootCurrent(reader);
  const starter = current === undefined ? undefined : starterOf(current);
  if (current === undefined || starter === undefined) return [];
  const evidence = `the firmware started ${current.file} (EFI variable BootCurrent: ${current.description})`;
  return [{ starter, evidence }];
}

function starterOf({ file }: BootOption): Trace["starter"] | undefined {
  return BY_FILE.find(([name]) => name.test(file))?.[1];
}
