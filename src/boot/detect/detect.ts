import { unknown } from "../../facts/fact.ts";
import { PROXMOX_ESPS } from "../../facts/proxmox-esps.ts";
import type { Reader } from "../../host/reader.ts";
import type { BootLoaderFacts, Fact, GrubFacts, HostState, RefusedLoader } from "../../model/index.ts";
import { readFirmware } from "../firmware.ts";
import { MENU, readGrub } from "../grub/probe.ts";
import { PROGRAM, readKernelstub } from "../kernelstub/probe.ts";
import { readProxmox } from "../proxmox/probe.ts";
import { readSystemdBoot } from "../systemd-boot/probe.ts";
import { presentLoaders } from "../present.ts";
import { DRIVES, NAMES, decide } from "./decide.ts";
import { readLive } from "./live.ts";
import { otherSystem } from "./other-system.ts";
import { container, refuse } from "./refuse.ts";

export type Surroundings = Pick<HostState, "identity" | "mounts" | "running">;

/** The facts of every loader whose files are there, and which of them starts this host, with the evidence. */
export function readBootLoader(reader: Reader, around: Surroundings): BootLoaderFacts {
  const kernelstub = readKernelstub(reader, around);
  const grub = withOrigin(reader, around, readGrub(reader, around.running));
  const proxmox = readProxmox(reader);
  // Those tools write entries of their own there, which kernel-install knows nothing of.
  const owned = kernelstub !== undefined || proxmox !== undefined;
  const systemdBoot = owned ? undefined : readSystemdBoot(reader, around);
  const facts = { kernelstub, grub, systemdBoot, proxmox };
  // What a container sees of /proc and /sys is the boot of the machine around it.
  const contained = container(reader);
  const live = contained === undefined ? readLive(reader, around.running) : { evidence: [] };
  const refusal =
    contained ??
    refuse(reader, {
      identity: around.identity,
      live,
      kernelstub: kernelstub !== undefined,
      proxmox: proxmox !== undefined,
      grub,
    });
  return {
    ...(refusal === undefined
      ? decide(live, presentLoaders(facts))
      : {
          detected: unknown(whyRefused(refusal.loader)),
          refused: refusal.loader,
        }),
    ...(live.starter === undefined
      ? {}
      : { startedBy: { name: NAMES[live.starter], loaders: DRIVES[live.starter] } }),
    evidence: [
      ...live.evidence,
      ...(refusal?.evidence ?? []),
      ...(kernelstub === undefined ? [] : [kernelstubEvidence(reader, kernelstub.configuration)]),
      ...(proxmox === undefined ? [] : [`${PROXMOX_ESPS} names ESPs (proxmox-boot-tool)`]),
      ...(grub === undefined ? [] : [`${MENU} is there (GRUB)`]),
      ...(systemdBoot === undefined || kernelstub !== undefined ? [] : [systemdBoot.evidence]),
    ],
    firmware: readFirmware(reader),
    ...facts,
  };
}

function withOrigin(
  reader: Reader,
  { identity }: Surroundings,
  grub: GrubFacts | undefined,
): GrubFacts | undefined {
  const elsewhere = grub === undefined ? undefined : otherSystem(reader, identity, grub);
  return grub === undefined || elsewhere === undefined ? grub : { ...grub, elsewhere };
}

function whyRefused({ kind, name, why }: RefusedLoader): string {
  return kind === "container" ? `${name}: ${why}` : `this host boots with ${name}: ${why}`;
}

function kernelstubEvidence(reader: Reader, configuration: Fact<{ path: string }>): string {
  const program =
    reader.stat(PROGRAM) === undefined ? "kernelstub's program is missing" : `${PROGRAM} is installed`;
  return configuration.known ? `${program}, configured in ${configuration.value.path}` : program;
}
