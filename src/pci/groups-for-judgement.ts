import type { Fact, HostState, IommuGroup } from "../model.ts";

/** The groups that decide what may be given to a virtual machine: those of this boot. Empty without an IOMMU. */
export function groupsForJudgement({ iommu }: Pick<HostState, "iommu">): Fact<readonly IommuGroup[]> {
  return iommu.groups;
}
