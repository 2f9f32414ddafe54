import type { PciDevice } from "../model/index.ts";

/**
 * The address of the controller that has a device behind a root bus of its own: Intel VMD, which the firmware also calls
 * RST. The devices behind it speak with the controller's id, and its driver holds their interrupts.
 */
export function vmdBefore({ path }: Pick<PciDevice, "path">): string | undefined {
  return /\/([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\/pci[0-9a-f]+:[0-9a-f]{2}\//.exec(path)?.[1];
}
