import { known, unknown } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { BootLoaderFacts, Fact, Running } from "../model.ts";
import { splitLine } from "../cmdline.ts";
import { readLoaderVariable } from "./efi-variables.ts";
import { readFirmware } from "./firmware.ts";
import { readGrub } from "./grub/probe.ts";
import { readProxmox } from "./proxmox/probe.ts";
import { readSystemdBoot } from "./systemd-boot/probe.ts";
import type { KernelstubSurroundings } from "./kernelstub/probe.ts";
import { PROGRAM, readKernelstub } from "./kernelstub/probe.ts";

/** Files that show another loader, which hostcfg cannot drive yet. */
const OTHERS = [
  { path: "/boot/grub/grub.cfg", name: "GRUB" },
  { path: "/boot/grub2/grub.cfg", name: "GRUB" },
  { path: "/etc/kernel/proxmox-boot-uuids", name: "proxmox-boot-tool" },
  { path: "/etc/kernel/entry-token", name: "systemd-boot with kernel-install" },
];

/**
 * Which loader starts this host. The running boot is the best witness, so a boot that came through GRUB beats an
 * installed kernelstub; what is installed comes next. It never guesses: two candidates are an unknown.
 */
export function readBootLoader(
  reader: Reader,
  around: KernelstubSurroundings & { running: Running },
): BootLoaderFacts {
  const kernelstub = readKernelstub(reader, around);
  const grub = readGrub(reader);
  const systemdBoot = readSystemdBoot(reader, around);
  const proxmox = readProxmox(reader, around);
  const { cmdline } = around.running;
  const viaGrub =
    cmdline.known && splitLine(cmdline.value).some((option) => option.startsWith("BOOT_IMAGE="));
  const loaderInfo = readLoaderVariable(reader, "LoaderInfo");
  const others = OTHERS.filter((other) => reader.stat(other.path) !== undefined);

  const evidence = [
    ...(loaderInfo.known && loaderInfo.value !== ""
      ? [`this boot was started by ${loaderInfo.value} (EFI variable LoaderInfo)`]
      : []),
    ...(viaGrub ? ["this boot was started by GRUB (BOOT_IMAGE= in /proc/cmdline)"] : []),
    ...(kernelstub === undefined ? [] : [kernelstubEvidence(reader, kernelstub.configuration)]),
    ...others.map((other) => `${other.path} is there (${other.name})`),
  ];
  return {
    detected: decide(kernelstub !== undefined, viaGrub, others),
    evidence,
    firmware: readFirmware(reader),
    ...(kernelstub === undefined ? {} : { kernelstub }),
    ...(grub === undefined ? {} : { grub }),
    ...(systemdBoot === undefined ? {} : { systemdBoot }),
    ...(proxmox === undefined ? {} : { proxmox }),
  };
}

function decide(
  hasKernelstub: boolean,
  viaGrub: boolean,
  others: readonly { name: string }[],
): BootLoaderFacts["detected"] {
  if (hasKernelstub && viaGrub) {
    return unknown(
      'kernelstub is installed, but this boot was started by GRUB; say "bootLoader: kernelstub" if that is right',
    );
  }
  if (hasKernelstub) return known("kernelstub");
  const [other] = others;
  if (other !== undefined)
    return unknown(`this host boots with ${other.name}, which hostcfg cannot drive yet`);
  return unknown("no boot loader was found: kernelstub is not installed");
}

function kernelstubEvidence(reader: Reader, configuration: Fact<{ path: string }>): string {
  const program =
    reader.stat(PROGRAM) === undefined ? "kernelstub's program is missing" : `${PROGRAM} is installed`;
  return configuration.known ? `${program}, configured in ${configuration.value.path}` : program;
}
