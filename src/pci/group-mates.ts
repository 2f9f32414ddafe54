import type { PciDevice } from "../model/index.ts";
import { isBridge } from "./kinds.ts";

/** What else is in the present groups of these functions: whoever gets the functions gets it too. Bridges do not count. */
export function groupMates(
  functions: readonly PciDevice[],
  devices: readonly PciDevice[],
): readonly PciDevice[] {
  const groups = new Set(functions.flatMap(({ iommuGroup }) => iommuGroup ?? []));
  return devices.filter(
    (one) =>
      one.iommuGroup !== undefined &&
      groups.has(one.iommuGroup) &&
      !isBridge(one) &&
      !functions.includes(one),
  );
}
