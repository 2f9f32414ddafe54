import type { TextFile } from "./bls.ts";
import type { BootLoaderFacts } from "./boot.ts";
import type { Fact } from "./fact.ts";
import type { HostDevices } from "./host-devices.ts";
import type { AcsOverrideFacts, BootPathFact, InitramfsFacts, KernelFact } from "./kernel.ts";
import type { DmarFlags, KernelIommu, MachineFacts } from "./machine.ts";
import type { FamilyName, PackageFact } from "./package.ts";
import type { PciDevice } from "./pci.ts";
import type { VfioFacts } from "./vfio.ts";

export interface HostState {
  readonly identity: Identity;
  readonly running: Running;
  /** Whose packages it has; unknown where hostcfg does not drive them. */
  readonly family: Fact<FamilyName>;
  readonly packages: Fact<readonly PackageFact[]>;
  /** By name, the versions that could be installed; only of what the spec declares by name and is not installed. */
  readonly versions?: Readonly<Record<string, Fact<readonly string[]>>>;
  readonly kernels: Fact<readonly KernelFact[]>;
  readonly initramfs: InitramfsFacts;
  /** Bytes that root may still write. */
  readonly free: {
    readonly boot: Fact<number>;
    /** Where packages put the modules. */
    readonly usr: Fact<number>;
    /** Where initrds are made. */
    readonly varTmp: Fact<number>;
  };
  readonly bootPaths: readonly BootPathFact[];
  /** Where kernel packages keep links and move them, empty where they keep none; only where the spec declares links. */
  readonly linkFolder?: Fact<string>;
  readonly mounts: Fact<readonly MountFact[]>;
  /** What /etc/fstab names and is not mounted; absent where nothing is, or one of the two lists is unknown. */
  readonly unmounted?: readonly UnmountedFact[];
  /** File system UUID of `/`, as `findmnt` gives it (what kernelstub asks), else from /etc/fstab. */
  readonly rootUuid: Fact<string>;
  readonly bootLoader: BootLoaderFacts;
  /** The kernel options that hostcfg has added, by its own record. */
  readonly addedOptions: Fact<AddedOptions>;
  readonly pci: Fact<readonly PciDevice[]>;
  readonly iommu: IommuFacts;
  /** Only where the spec declares `vfio`. */
  readonly vfio?: VfioFacts;
  readonly hostDevices: HostDevices;
  /** Only looked at where the spec declares `pcie_acs_override`: unpacking a kernel costs seconds. */
  readonly acsOverride?: AcsOverrideFacts | undefined;
}

export interface AddedOptions {
  /** As spelled on the line. */
  readonly options: readonly string[];
  /** There should be a record, and there is none that can be read: nothing is known to be hostcfg's. */
  readonly lost: boolean;
  /** The record, where it is there. */
  readonly file?: TextFile | undefined;
}

export interface Identity {
  readonly hostname: Fact<string>;
  /** Made from /etc/machine-id: the same for this installation only. */
  readonly machine: Fact<string>;
  /** Debian architecture name, e.g. `amd64` (`dpkg --print-architecture`, else from the installed dpkg). */
  readonly architecture: Fact<string>;
  readonly os: Fact<OsRelease>;
  /** Whether the probe ran with effective user id 0. */
  readonly privileged: boolean;
}

/** From os-release(5). */
export interface OsRelease {
  readonly id: string;
  readonly name: string;
  readonly versionId?: string | undefined;
  readonly prettyName?: string | undefined;
}

/** This boot: /proc/sys/kernel/osrelease, /proc/cmdline, /proc/sys/kernel/random/boot_id. */
export interface Running {
  readonly release: Fact<string>;
  readonly cmdline: Fact<string>;
  readonly bootId: Fact<string>;
}

/** A line of /etc/fstab about a place where nothing is mounted. */
export interface UnmountedFact {
  readonly source: string;
  readonly mountPoint: string;
}

/** One line of /proc/self/mounts. */
export interface MountFact {
  readonly source: string;
  readonly mountPoint: string;
  readonly type: string;
  /** That an overlay shows, its own one on top. */
  readonly folders?: readonly string[];
}

export interface IommuFacts {
  /** The present groups; known and empty when the kernel runs without an IOMMU. */
  readonly groups: Fact<readonly IommuGroup[]>;
  /**
   * Groups that VFIO made by itself for devices without an IOMMU (`vfio-noiommu`): they isolate nothing, and are not
   * among `groups`. Left out where there are none.
   */
  readonly emulatedGroups?: readonly IommuGroup[];
  /**
   * Firmware tables that speak of an IOMMU: `DMAR` (Intel VT-d), `IVRS` (AMD-Vi), `IORT` (Arm), `RIMT` (RISC-V), `VIOT`
   * (virtio), and `XMAR`, which is the DMAR that Xen hides.
   */
  readonly firmwareTables: Fact<readonly string[]>;
  /** By the names in /sys/class/iommu (`dmar0`, `ivhd0`). Only looked at where the tables are unknown. */
  readonly units?: "intel" | "amd";
  /** Only where there is such a table. */
  readonly dmar?: Fact<DmarFlags>;
  /** From /proc/cpuinfo vendor_id. */
  readonly cpuVendor: Fact<"intel" | "amd" | "other">;
  readonly machine?: MachineFacts;
  /** By release, of kernels that may boot next and this one. */
  readonly kernels?: Readonly<Record<string, KernelIommu>>;
}

export interface IommuGroup {
  /** Only an enumeration result: it changes between boots and must never be stored in a spec. */
  readonly id: number;
  readonly devices: readonly string[];
}
