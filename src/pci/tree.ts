import type { PciDevice } from "../model/index.ts";
import { compareAddresses } from "./address.ts";

export interface Branch {
  readonly device: PciDevice;
  readonly below: readonly Branch[];
}

/** The devices by their root buses. By the sysfs paths: what stands below another device's path is behind it. */
export function rootBuses(devices: readonly PciDevice[]): ReadonlyMap<string, readonly Branch[]> {
  const inOrder = [...devices].sort((a, b) => compareAddresses(a.address, b.address));
  const branches = new Map(inOrder.map((device) => [device.path, { device, below: [] as Branch[] }]));
  const roots = new Map<string, Branch[]>();
  for (const branch of branches.values()) {
    const parent = branches.get(branch.device.path.slice(0, branch.device.path.lastIndexOf("/")));
    if (parent !== undefined) {
      parent.below.push(branch);
      continue;
    }
    const bus = branch.device.address.slice(0, branch.device.address.lastIndexOf(":"));
    const others = roots.get(bus);
    if (others === undefined) roots.set(bus, [branch]);
    else others.push(branch);
  }
  return roots;
}
