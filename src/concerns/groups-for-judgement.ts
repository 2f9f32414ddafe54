import type { Fact, HostState, IommuGroup } from "../model/index.ts";
import { known } from "../facts/fact.ts";
import type { Outlook } from "./outlook.ts";
import { asGroups } from "./outlook.ts";

export interface JudgedGroups {
  readonly groups: Fact<readonly IommuGroup[]>;
  /** They are predicted, so that their numbers mean nothing. */
  readonly next: boolean;
}

/**
 * The groups that decide what may be given to a virtual machine: those that the plan leads to, where they are known
 * better than by a guess; else those of this boot. Empty without an IOMMU.
 */
export function groupsForJudgement(
  { iommu }: Pick<HostState, "iommu">,
  { rebootNeeded, next }: Outlook,
): JudgedGroups {
  if (!rebootNeeded || !next.known) return { groups: iommu.groups, next: false };
  const { prediction } = next.value;
  return prediction.confidence === "guess" || prediction.iommu.state === "unknown"
    ? { groups: iommu.groups, next: false }
    : { groups: known(asGroups(prediction)), next: true };
}
