import type { IommuDriver, IommuFacts } from "../../model/index.ts";
import { atLeast } from "./kernel-rules.ts";

/** What the option of a kernel's configuration is called. */
export const KERNEL_DRIVER: Readonly<Record<IommuDriver, string>> = {
  intel: "CONFIG_INTEL_IOMMU",
  amd: "CONFIG_AMD_IOMMU",
  smmu: "CONFIG_ARM_SMMU_V3",
  virtio: "CONFIG_VIRTIO_IOMMU",
  riscv: "CONFIG_RISCV_IOMMU",
};

/** Whether an installed kernel is known to have been built without a driver: Debian's cloud kernels have no AMD_IOMMU. */
export function lacksDriver(
  { kernels = {} }: Pick<IommuFacts, "kernels">,
  driver: IommuDriver,
  release: string | undefined,
): boolean {
  const drivers = release === undefined ? undefined : kernels[release]?.drivers;
  return drivers !== undefined && !drivers.includes(driver);
}

/** Whether a kernel leaves Intel's IOMMU off for the firmware's sake; undefined where that is unknown. */
export function obeysForcedOff(
  { dmar }: Pick<IommuFacts, "dmar">,
  release: string | undefined,
): boolean | undefined {
  if (dmar === undefined || (dmar.known && !dmar.value.forcedOff)) return false;
  const obeys = release === undefined ? undefined : atLeast(release, 7, 3);
  if (obeys === false) return false;
  return dmar.known ? obeys : undefined;
}

/** Why the groups of a kernel cannot be predicted, one clause; undefined where nothing is known against it. */
export function unknownRules(
  { kernels = {} }: Pick<IommuFacts, "kernels">,
  release: string | undefined,
): string | undefined {
  if (release === undefined || kernels[release]?.newGrouping !== true) return undefined;
  return `the kernel ${release} makes groups by rules that hostcfg does not know (its symbols name pci_reachable_set)`;
}
