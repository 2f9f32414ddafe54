import type { IommuGroup, PciDevice } from "../model/index.ts";
import { describeDevice, inWords } from "./describe.ts";
import { graphicsOption, iommuOptions } from "./iommu-options.ts";
import { isBridge } from "./kinds.ts";
import { isIommuFunction } from "./grouping/next-iommu.ts";

/**
 * Those of some functions that are in no group although there are groups: no IOMMU stands before them, so nothing
 * isolates them, and vfio-pci refuses them. Bridges do not count. Empty where there are no groups at all.
 *
 * @param groups Of this boot, or predicted ones.
 */
export function outsideOfGroups(
  functions: readonly PciDevice[],
  groups: readonly Pick<IommuGroup, "devices">[],
): readonly PciDevice[] {
  if (groups.length === 0) return [];
  const grouped = new Set(groups.flatMap(({ devices }) => devices));
  return functions.filter((one) => !isBridge(one) && !grouped.has(one.address));
}

/**
 * Why functions of a device are in no group, one clause with what to do.
 *
 * @param name What the spec calls the device.
 * @param line The options of the boot that is spoken of, where they are known.
 */
export function whyOutside(
  name: string | undefined,
  outside: readonly PciDevice[],
  line: string | undefined,
): string {
  const described = inWords(outside.map(describeDevice));
  const who = name === undefined ? described : `${name} (${described})`;
  const [is, them] = outside.length === 1 || name !== undefined ? ["is", "it"] : ["are", "them"];
  const option = graphicsOption(iommuOptions(line ?? ""));
  const graphics = outside.every((one) => one.vendor === "8086" && one.class.startsWith("03"));
  if (option !== undefined && graphics)
    return `${who} ${is} in no IOMMU group because the kernel option ${option} leaves Intel's graphics without IOMMU: take that word out of it`;
  if (outside.every(isIommuFunction))
    return `${who} ${is} in no IOMMU group because ${them === "it" ? "it is" : "they are"} the IOMMU`;
  const buses = [...new Set(outside.map(({ path }) => rootBusOf(path)))];
  return `${who} ${is} in no IOMMU group, so nothing isolates ${them}: no IOMMU that the firmware describes covers ${them} (root bus ${inWords(buses)})`;
}

function rootBusOf(path: string): string {
  return /.*\/pci([0-9a-f]+:[0-9a-f]{2})\//.exec(path)?.[1] ?? "unknown";
}
