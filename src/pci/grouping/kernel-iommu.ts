import type { IommuDriver, IommuFacts } from "../../model/index.ts";
import { atLeast } from "../../facts/kernel-version.ts";
import type { Maker } from "../iommu-options.ts";
import type { NoIommu } from "../no-iommu.ts";

/** What the option of a kernel's configuration is called. */
const KERNEL_DRIVER: Readonly<Record<IommuDriver, string>> = {
  intel: "CONFIG_INTEL_IOMMU",
  amd: "CONFIG_AMD_IOMMU",
  smmu: "CONFIG_ARM_SMMU_V3",
  virtio: "CONFIG_VIRTIO_IOMMU",
  riscv: "CONFIG_RISCV_IOMMU",
};

/** Why a kernel leaves the IOMMU of this machine off, whatever its options say; undefined where it is not known to. */
export function leftOffByKernel(
  iommu: IommuFacts,
  maker: Maker | undefined,
  release: string | undefined,
): NoIommu | undefined {
  if (maker !== undefined && lacksDriver(iommu, maker, release))
    return {
      cause: `the kernel ${release ?? ""} was built without the driver of this IOMMU (${KERNEL_DRIVER[maker]})`,
      remedy: "boot another kernel",
    };
  if (maker !== "intel" || obeysForcedOff(iommu, release) !== true) return undefined;
  return {
    cause:
      "the firmware tells the kernel to leave the IOMMU off (bit 3 of the DMAR table's flags), and Linux obeys from 7.3 on, whatever the options say",
    remedy: "look in the firmware's settings for what switches DMA remapping off, or update the firmware",
  };
}

/** Whether an installed kernel is known to have been built without a driver: Debian's cloud kernels have no AMD_IOMMU. */
function lacksDriver(
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
