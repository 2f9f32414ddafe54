import type { HostState, IommuFacts, IommuGroup } from "../model/index.ts";
import { compareAddresses } from "./address.ts";
import { whyNoGroups } from "./iommu-off.ts";

/** The groups of this boot, as `hostcfg groups` shows them. */
export type CurrentGroups =
  | {
      readonly known: true;
      /** By number, each with its addresses in order. */
      readonly groups: readonly IommuGroup[];
      /** Where there are none: what keeps the IOMMU off. */
      readonly why?: string;
    }
  | { readonly known: false; readonly why: string };

export function currentGroups(state: HostState): CurrentGroups {
  const { groups }: IommuFacts = state.iommu;
  if (!groups.known) return groups;
  if (groups.value.length === 0) return { known: true, groups: [], why: whyNoGroups(state) };
  const inOrder = groups.value.map(({ id, devices }) => ({
    id,
    devices: [...devices].sort(compareAddresses),
  }));
  return { known: true, groups: inOrder.sort((a, b) => a.id - b.id) };
}
