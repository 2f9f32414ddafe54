import type { Fact } from "./fact.ts";

/** What kind of machine this is, as far as it decides where an IOMMU would come from. */
export interface MachineFacts {
  readonly processor: Fact<"x86" | "arm" | "riscv" | "other">;
  /** Of x86 only: what /proc/cpuinfo calls the family. Zen begins with 23. */
  readonly cpuFamily?: number;
  readonly runsOn: Fact<RunsOn>;
  /** Who wrote the firmware, where DMI says so. */
  readonly biosVendor?: string;
  /** The firmware describes the machine by a device tree, not by ACPI tables. */
  readonly deviceTree: Fact<boolean>;
}

export type RunsOn =
  | { readonly kind: "metal" }
  /** Xen is below this system, which has the devices. */
  | { readonly kind: "xen-dom0" }
  /** `hypervisor` is left out where nothing tells its name. */
  | { readonly kind: "guest"; readonly hypervisor?: string };

/** Flags of the DMAR table (Intel VT-d specification, 8.1). */
export interface DmarFlags {
  /** The firmware asks for protection from DMA, which overrules `iommu=off`. */
  readonly optIn: boolean;
  /** The firmware tells the kernel not to remap DMA. Linux obeys from 7.3 on. */
  readonly forcedOff: boolean;
}

/** What an installed kernel brings for IOMMU groups. */
export interface KernelIommu {
  /** The IOMMU drivers that it was built with; left out where its configuration is not there. */
  readonly drivers?: readonly IommuDriver[];
  /** Its symbols are those of the grouping that was rewritten in 2025. */
  readonly newGrouping?: true;
}

export type IommuDriver = "intel" | "amd" | "smmu" | "virtio" | "riscv";
