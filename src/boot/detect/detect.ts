import type { Reader } from "../../host/reader.ts";
import type { BootLoaderFacts, BootLoaderName, Fact, HostState } from "../../model.ts";
import { unknown } from "../../facts/fact.ts";
import { readFirmware } from "../firmware.ts";
import { MENU, readGrub } from "../grub/probe.ts";
import { PROGRAM, readKernelstub } from "../kernelstub/probe.ts";
import { readProxmox } from "../proxmox/probe.ts";
import { readSystemdBoot } from "../systemd-boot/probe.ts";
import { decide } from "./decide.ts";
import { liveTraces } from "./live.ts";
import { refused } from "./refuse.ts";

export type Surroundings = Pick<HostState, "identity" | "mounts" | "running">;

/** The facts of every loader whose files are there, and which of them starts this host, with the evidence. */
export function readBootLoader(reader: Reader, around: Surroundings): BootLoaderFacts {
  const kernelstub = readKernelstub(reader, around);
  const grub = readGrub(reader);
  const proxmox = readProxmox(reader, around);
  const systemdBoot = readSystemdBoot(reader, around);
  const traces = liveTraces(reader, around.running);
  const live = traces.map(({ family }) => family);
  const typeOneEntries = systemdBoot?.entries.known === true && systemdBoot.entries.value.length > 0;
  const found = { grub: grub !== undefined, proxmox: proxmox !== undefined, typeOneEntries };
  const no = refused(reader, around.identity, live, found);
  const installed: BootLoaderName[] = [
    ...(kernelstub === undefined ? [] : (["kernelstub"] as const)),
    ...(proxmox === undefined ? [] : (["proxmox"] as const)),
    ...(systemdBoot === undefined ? [] : (["systemd-boot"] as const)),
    ...(grub === undefined ? [] : (["grub"] as const)),
  ];
  return {
    ...(no === undefined
      ? decide(live, installed)
      : { detected: unknown(`this host boots with ${no.name}: ${no.why}`), refused: no }),
    evidence: [
      ...traces.map(({ evidence }) => evidence),
      ...(kernelstub === undefined ? [] : [kernelstubEvidence(reader, kernelstub.configuration)]),
      ...(proxmox === undefined ? [] : ["/etc/kernel/proxmox-boot-uuids names ESPs (proxmox-boot-tool)"]),
      ...(grub === undefined ? [] : [`${MENU} is there (GRUB)`]),
      ...(systemdBoot === undefined || kernelstub !== undefined ? [] : [systemdBoot.evidence]),
    ],
    firmware: readFirmware(reader),
    ...(kernelstub === undefined ? {} : { kernelstub }),
    ...(grub === undefined ? {} : { grub }),
    ...(systemdBoot === undefined ? {} : { systemdBoot }),
    ...(proxmox === undefined ? {} : { proxmox }),
  };
}

function kernelstubEvidence(reader: Reader, configuration: Fact<{ path: string }>): string {
  const program =
    reader.stat(PROGRAM) === undefined ? "kernelstub's program is missing" : `${PROGRAM} is installed`;
  return configuration.known ? `${program}, configured in ${configuration.value.path}` : program;
}
