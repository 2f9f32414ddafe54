import { readFileSync, readdirSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { known } from "../../../../src/facts/fact.ts";
import type { IommuGroup, PciDevice } from "../../../../src/model/index.ts";
import { readPciDevices } from "../../../../src/pci/devices.ts";
import type { GroupingFacts } from "../../../../src/pci/grouping/situation.ts";
import type { Content } from "../../../support/host.ts";
import { readerOf } from "../../../support/host.ts";

/** What real kernels answered on one machine: each file of the folder `cases`. */
export interface Case {
  readonly topology: string;
  readonly about: string;
  readonly iommu: "intel" | "amd" | "none";
  readonly deviceSets: readonly (readonly CaseDevice[])[];
  readonly boots: readonly CaseBoot[];
}

export interface CaseBoot {
  readonly name: string;
  readonly kernel: string;
  readonly kernelHasAcsOverride: boolean;
  readonly cmdline: string;
  readonly iommuOn: boolean;
  /** Index into the device sets. */
  readonly devices: number;
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

interface CaseDevice {
  readonly address: string;
  readonly path: string;
  readonly config_hex: string;
  readonly vendor: string;
  readonly device: string;
  readonly class: string;
  readonly subsystem_vendor: string;
  readonly subsystem_device: string;
  readonly revision: string;
  readonly driver?: string;
  readonly physfn?: string;
  readonly ari_enabled?: string;
}

const FOLDER = fileURLToPath(new URL("../cases", import.meta.url));

export function allCases(): readonly Case[] {
  return readdirSync(FOLDER)
    .sort()
    .map((name) => JSON.parse(readFileSync(posix.join(FOLDER, name), "utf8")) as Case);
}

export function caseNamed(name: string): Case {
  const found = allCases().find(({ topology }) => topology === name);
  if (found === undefined) throw new Error(`there is no case ${name}`);
  return found;
}

/** The host as hostcfg probes it while it is booted so. @param most Bytes of configuration space, 64 without root. */
export function factsOf(machine: Case, boot: CaseBoot, most = Infinity): GroupingFacts {
  const tables = { intel: ["DMAR"], amd: ["IVRS"], none: [] }[machine.iommu];
  return {
    devices: devicesOf(machine, boot, most),
    iommu: {
      groups: known(groupsOf(boot)),
      firmwareTables: known(tables),
      cpuVendor: known(machine.iommu === "none" ? "intel" : machine.iommu),
    },
    running: { release: known(boot.kernel), cmdline: known(boot.cmdline) },
  };
}

export function groupsOf({ groups }: CaseBoot): IommuGroup[] {
  return Object.entries(groups).map(([id, devices]) => ({ id: Number(id), devices }));
}

export function devicesOf(machine: Case, boot: CaseBoot, most = Infinity): readonly PciDevice[] {
  const set = machine.deviceSets[boot.devices] ?? [];
  const files: Record<string, Content> = { "/sys/bus/pci/devices": { folder: true } };
  for (const device of set) {
    files[`/sys/bus/pci/devices/${device.address}`] = { link: `../../..${device.path.slice("/sys".length)}` };
    Object.assign(files, filesOf(device, most));
  }
  const devices = readPciDevices(readerOf(files));
  if (!devices.known) throw new Error(devices.why);
  return devices.value;
}

function filesOf(device: CaseDevice, most: number): Record<string, Content> {
  const bytes = Buffer.from(device.config_hex, "hex").subarray(0, most);
  const text = ["vendor", "device", "class", "subsystem_vendor", "subsystem_device", "revision"] as const;
  const files: Record<string, Content> = {
    [`${device.path}/config`]: { kind: "file", base64: bytes.toString("base64") },
    ...Object.fromEntries(text.map((name) => [`${device.path}/${name}`, `${device[name]}\n`])),
    [`${device.path}/ari_enabled`]: `${device.ari_enabled ?? "0"}\n`,
  };
  if (device.physfn !== undefined) files[`${device.path}/physfn`] = { link: `../${device.physfn}` };
  if (device.driver !== undefined) files[`${device.path}/driver`] = { link: `drivers/${device.driver}` };
  if (hasPcieCapability(device)) files[`${device.path}/max_link_speed`] = "2.5 GT/s PCIe\n";
  return files;
}

/** sysfs shows link files of such devices, and to everyone. */
function hasPcieCapability({ config_hex }: CaseDevice): boolean {
  const bytes = Buffer.from(config_hex, "hex");
  if (((bytes[6] ?? 0) & 0x10) === 0) return false;
  for (let at = bytes[0x34] ?? 0, steps = 0; at >= 0x40 && steps < 48; at = bytes[at + 1] ?? 0, steps++) {
    if (bytes[at] === 0x10) return true;
  }
  return false;
}

/** A partition as text to compare: a line a group, in order. */
export function partition(groups: readonly { readonly devices: readonly string[] }[]): string[] {
  return groups.map(({ devices }) => [...devices].sort().join(" ")).sort();
}
