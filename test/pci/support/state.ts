import { known, unknown } from "../../../src/facts/fact.ts";
import type { HostDevices, HostState, IommuFacts, PciDevice } from "../../../src/model/index.ts";

export interface PciState extends Partial<IommuFacts> {
  readonly devices?: readonly PciDevice[];
  readonly cmdline?: string;
  readonly hostDevices?: Partial<HostDevices>;
}

/** A host of which nothing is known but its PCI devices, its IOMMU and, maybe, the options of this boot. */
export function stateOf({ devices = [], cmdline, hostDevices, ...iommu }: PciState): HostState {
  const unasked = unknown("not asked");
  return {
    identity: { hostname: unasked, machine: unasked, architecture: unasked, os: unasked, privileged: true },
    running: {
      release: unasked,
      bootId: unasked,
      cmdline: cmdline === undefined ? unknown("there is no /proc/cmdline") : known(cmdline),
    },
    family: unasked,
    packages: unasked,
    initramfs: { generator: unasked },
    kernels: unasked,
    free: { boot: unasked, usr: unasked, varTmp: unasked },
    bootPaths: [],
    mounts: unasked,
    rootUuid: unasked,
    bootLoader: { detected: unasked, evidence: [], firmware: { secureBoot: unasked } },
    addedOptions: { known: true, value: { options: [], lost: false } },
    pci: known(devices),
    iommu: { groups: known([]), firmwareTables: unasked, cpuVendor: unasked, ...iommu },
    hostDevices: { disks: unasked, networkCards: unasked, ...hostDevices },
  };
}
