import type { AcsOverride } from "./acs-override.ts";
import type { KernelRules } from "./kernel-rules.ts";
import type { PciOptions } from "./pci-options.ts";

/** All about the boot to predict, and about the present one, that decides how devices are isolated. */
export interface Boot {
  readonly override: AcsOverride;
  readonly pci: PciOptions;
  readonly kernel: KernelRules;
  /** AMD's IOMMU is described by the firmware (IVRS table). */
  readonly ivrs: boolean;
  readonly present: {
    /** The present kernel uses an IOMMU, and so has switched ACS on where it could. Undefined where unknown. */
    readonly iommuOn: boolean | undefined;
    readonly pci: PciOptions;
    /** The items of an override that the present kernel may have obeyed. */
    readonly override: AcsOverride;
  };
}
