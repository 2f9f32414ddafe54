import type { PciDevice } from "../model/index.ts";
import { compareAddresses, slotAddress } from "./address.ts";

/**
 * What a spec calls a device: all functions of one slot, e.g. a graphics card and its audio. A virtual function (SR-IOV)
 * has the digits of its card's slot, but is a device of its own.
 */
export interface PciSlot {
  /** `dddd:bb:dd`; of a virtual function its whole address, `dddd:bb:dd.f`. */
  readonly address: string;
  /** In address order, never empty. */
  readonly functions: readonly PciDevice[];
}

/** In address order. */
export function slotsOf(devices: readonly PciDevice[]): readonly PciSlot[] {
  const slots = new Map<string, PciDevice[]>();
  for (const device of [...devices].sort((a, b) => compareAddresses(a.address, b.address))) {
    const address = slotOf(device);
    const functions = slots.get(address);
    if (functions === undefined) slots.set(address, [device]);
    else functions.push(device);
  }
  return [...slots].map(([address, functions]) => ({ address, functions }));
}

/** The address of the slot that a device is in, as {@link PciSlot} has it. */
function slotOf(device: PciDevice): string {
  return isVirtual(device) ? device.address : slotAddress(device.address);
}

export function isVirtual({ physicalFunction }: PciDevice): boolean {
  return physicalFunction !== undefined;
}
