import type { Reader } from "../host/reader.ts";
import type { IommuDriver, KernelIommu } from "../model/index.ts";
import { attemptLaterIfRecorded } from "./fact.ts";
import { atLeast } from "./kernel-version.ts";

/** What distributions build in. Each option is a driver that makes groups. */
const DRIVERS: Readonly<Record<string, IommuDriver>> = {
  "CONFIG_INTEL_IOMMU=y": "intel",
  "CONFIG_AMD_IOMMU=y": "amd",
  "CONFIG_ARM_SMMU=": "smmu",
  "CONFIG_ARM_SMMU_V3=": "smmu",
  "CONFIG_VIRTIO_IOMMU=": "virtio",
  "CONFIG_RISCV_IOMMU=": "riscv",
};
/** A line of every kernel's configuration that has PCI at all. */
const IS_CONFIG = "CONFIG_PCI=y";
const CONFIG_TEXTS = [IS_CONFIG, ...Object.keys(DRIVERS)];

/** Of the grouping that was rewritten: no kernel of kernel.org has it so far. */
const NEW_GROUPING = "pci_reachable_set";

/** What installed kernels bring for groups: by their configuration, and by their symbols. */
export async function readKernelIommus(
  reader: Reader,
  releases: readonly string[],
  running: string | undefined,
): Promise<Readonly<Record<string, KernelIommu>>> {
  const found: Record<string, KernelIommu> = {};
  for (const release of new Set(releases)) {
    const drivers = await readDrivers(reader, release);
    const newGrouping = await hasNewGrouping(reader, release, release === running);
    if (drivers === undefined && !newGrouping) continue;
    found[release] = { ...(drivers && { drivers }), ...(newGrouping && { newGrouping }) };
  }
  return found;
}

async function readDrivers(reader: Reader, release: string): Promise<KernelIommu["drivers"]> {
  for (const path of [`/boot/config-${release}`, `/usr/lib/modules/${release}/config`]) {
    const lines = await searched(reader, path, CONFIG_TEXTS);
    if (lines?.includes(IS_CONFIG) !== true) continue;
    return [...new Set(lines.flatMap((line) => DRIVERS[line] ?? []))];
  }
  return undefined;
}

async function hasNewGrouping(reader: Reader, release: string, runs: boolean): Promise<boolean> {
  const tables = [
    `/boot/System.map-${release}`,
    `/usr/lib/modules/${release}/System.map`,
    // Ten megabytes that the kernel writes again for each reader, so only where the kernel can have it.
    ...(runs && couldHave(release) ? ["/proc/kallsyms"] : []),
  ];
  for (const path of tables) {
    const names = await searched(reader, path, [NEW_GROUPING]);
    if (names !== undefined && names.length > 0) return true;
  }
  return false;
}

/** It was written in 2025, for Linux 6.14 and later. */
function couldHave(release: string): boolean {
  return atLeast(release, 6, 14) === true;
}

async function searched(
  reader: Reader,
  path: string,
  texts: readonly string[],
): Promise<readonly string[] | undefined> {
  const search = await attemptLaterIfRecorded(path, () => reader.search(path, texts));
  return search.known ? search.value.found : undefined;
}
