import type { PciDevice, VfioFacts } from "../../model/index.ts";
import { racingDrivers } from "../../pci/racing-drivers.ts";

/** How the devices of a spec are bound to vfio-pci on this host. */
export interface Means {
  /** Bound by `vendor:device`, with a softdep on each driver that could come first. */
  readonly byId: readonly PciDevice[];
  /** Bound by address, early in the initramfs, with the reason. */
  readonly byAddress: readonly { readonly device: PciDevice; readonly why: string }[];
}

/**
 * By id where that names only devices for virtual machines; by address where another device has the same id, or where a
 * driver inside of the kernel would take the device before any module is loaded. All functions of a slot go one way.
 */
export function chooseMeans(
  wanted: readonly (readonly PciDevice[])[],
  all: readonly PciDevice[],
  facts: Pick<VfioFacts, "drivers" | "devices">,
): Means {
  const chosen = new Set(wanted.flat().map(({ address }) => address));
  const byId: PciDevice[] = [];
  const byAddress: { device: PciDevice; why: string }[] = [];
  for (const functions of wanted) {
    const why = whyByAddress(functions, all, chosen, facts);
    for (const device of functions) {
      // Two names may mean one slot.
      if (byId.includes(device) || byAddress.some((one) => one.device === device)) continue;
      if (why === undefined) byId.push(device);
      else byAddress.push({ device, why });
    }
  }
  return { byId, byAddress };
}

function whyByAddress(
  functions: readonly PciDevice[],
  all: readonly PciDevice[],
  chosen: ReadonlySet<string>,
  { drivers, devices }: Pick<VfioFacts, "drivers" | "devices">,
): string | undefined {
  const forms = drivers.known ? drivers.value : {};
  for (const device of functions) {
    const twin = all.find(
      (other) =>
        !chosen.has(other.address) && other.vendor === device.vendor && other.device === device.device,
    );
    if (twin !== undefined) return `${twin.address} has the same id and stays with the host`;
    const early = racingDrivers(device, devices[device.address]).find(
      (driver) => forms[driver] === "built-in",
    );
    if (early !== undefined) return `${early} is built into the kernel and takes ${device.address} first`;
  }
  return undefined;
}

export function idOf({ vendor, device }: PciDevice): string {
  return `${vendor}:${device}`;
}

/** Each once, in the order of the devices. */
export function idsOf(devices: readonly PciDevice[]): string[] {
  return [...new Set(devices.map(idOf))];
}
