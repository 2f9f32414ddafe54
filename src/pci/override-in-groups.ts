import type { Clue } from "../facts/acs-clues.ts";
import type { HostState, IommuGroup } from "../model/index.ts";
import { compareAddresses } from "./address.ts";
import { predictGroups } from "./grouping/predict.ts";

/**
 * What the groups of this boot show of its kernel and the ACS override patch, where its line has the option: they are
 * either those of a kernel that obeys it, or those of one that does not. Undefined of another kernel, and where both
 * would make the same groups.
 */
export function clueOfGroups(
  { pci, iommu, running }: Pick<HostState, "pci" | "iommu" | "running">,
  release: string,
): Clue | undefined {
  if (!running.release.known || running.release.value !== release || !running.cmdline.known) return undefined;
  if (!pci.known || !iommu.groups.known || iommu.groups.value.length === 0) return undefined;
  if (pci.value.some(({ config }) => !config.known)) return undefined;
  const addresses = new Set(pci.value.map(({ address }) => address));
  const present = shapeOf(iommu.groups.value, addresses);
  const facts = { devices: pci.value, iommu, running };
  const options = running.cmdline.value;
  const fits = (acsOverride: "assume" | "absent"): boolean =>
    shapeOf(predictGroups(facts, { options, acsOverride }).groups, addresses) === present;
  const [obeys, ignores] = [fits("assume"), fits("absent")];
  if (obeys === ignores) return undefined;
  return obeys
    ? { shows: "carried", clause: "the groups of this boot are those of a kernel that obeys the option" }
    : { shows: "absent", clause: "the groups of this boot are those of a kernel that ignores the option" };
}

function shapeOf(groups: readonly Pick<IommuGroup, "devices">[], known: ReadonlySet<string>): string {
  return groups
    .map(({ devices }) => devices.filter((one) => known.has(one)).toSorted(compareAddresses))
    .filter((devices) => devices.length > 0)
    .map((devices) => devices.join(" "))
    .sort()
    .join("\n");
}
