import { splitLine } from "../../cmdline.ts";
import type { Reader } from "../../host/reader.ts";
import type { Running } from "../../model.ts";
import { readBootCurrent, readLoaderVariable } from "../efi-variables.ts";

/** What kind of program started this boot. */
export type Family = "systemd-boot" | "grub" | "refind" | "limine" | "extlinux" | "unified-kernel-image";

/** A trace that the loader left in the running system. */
export interface Trace {
  readonly family: Family;
  /** One clause for a person. */
  readonly evidence: string;
}

const BY_NAME: readonly (readonly [RegExp, Family])[] = [
  [/^systemd-boot|^gummiboot/i, "systemd-boot"],
  [/^grub/i, "grub"],
  [/refind/i, "refind"],
  [/limine/i, "limine"],
];

/** File names of loaders on an ESP. shim starts GRUB on every distribution that ships it. */
const BY_FILE: readonly (readonly [RegExp, Family])[] = [
  [/\\(systemd-boot|gummiboot)[^\\]*\.efi$/i, "systemd-boot"],
  [/\\(grub|shim)[^\\]*\.efi$/i, "grub"],
  [/\\refind[^\\]*\.efi$/i, "refind"],
  [/\\limine[^\\]*\.efi$/i, "limine"],
  [/\\efi\\linux\\[^\\]*\.efi$/i, "unified-kernel-image"],
];

/**
 * What this boot itself tells of its loader, the best witness first: the Boot Loader Interface's variables, the
 * kernel's command line, the firmware's boot option.
 */
export function liveTraces(reader: Reader, { cmdline }: Running): Trace[] {
  return [
    ...fromVariables(reader),
    ...(cmdline.known ? fromLine(reader, cmdline.value) : []),
    ...fromFirmware(reader),
  ];
}

function fromVariables(reader: Reader): Trace[] {
  const info = readLoaderVariable(reader, "LoaderInfo");
  const stub = readLoaderVariable(reader, "StubInfo");
  const selected = readLoaderVariable(reader, "LoaderEntrySelected");
  const image = selected.known && /\.efi$/i.test(selected.value) ? selected.value : undefined;
  const traces: Trace[] = [];
  if (image !== undefined || (stub.known && stub.value !== "")) {
    const what = image === undefined ? "EFI variable StubInfo" : `EFI variable LoaderEntrySelected: ${image}`;
    traces.push({
      family: "unified-kernel-image",
      evidence: `this boot was started from a unified kernel image (${what})`,
    });
  }
  if (info.known && info.value !== "") {
    const family = BY_NAME.find(([name]) => name.test(info.value))?.[1];
    const evidence = `this boot was started by ${info.value} (EFI variable LoaderInfo)`;
    if (family !== undefined) traces.push({ family, evidence });
  }
  return traces;
}

function fromLine(reader: Reader, line: string): Trace[] {
  const options = splitLine(line);
  if (options.some((option) => option.startsWith("BOOT_IMAGE="))) {
    // syslinux and its kin leave the same trace.
    const extlinux = reader.stat("/boot/extlinux/extlinux.conf") !== undefined;
    const grub = ["/boot/grub/grub.cfg", "/boot/grub2/grub.cfg"].some(
      (path) => reader.stat(path) !== undefined,
    );
    return extlinux && !grub
      ? [
          {
            family: "extlinux",
            evidence:
              "this boot was started by extlinux (BOOT_IMAGE= in /proc/cmdline, and its extlinux.conf)",
          },
        ]
      : [{ family: "grub", evidence: "this boot was started by GRUB (BOOT_IMAGE= in /proc/cmdline)" }];
  }
  if (options.some((option) => /^initrd=\\/.test(option)))
    return [
      {
        family: "systemd-boot",
        evidence:
          "this boot was started by systemd-boot or the kernel's EFI stub (initrd=\\ in /proc/cmdline)",
      },
    ];
  return [];
}

function fromFirmware(reader: Reader): Trace[] {
  const current = readBootCurrent(reader);
  const family = current === undefined ? undefined : BY_FILE.find(([file]) => file.test(current.file))?.[1];
  return current === undefined || family === undefined
    ? []
    : [
        {
          family,
          evidence: `the firmware started ${current.file} (EFI variable BootCurrent: ${current.description})`,
        },
      ];
}
