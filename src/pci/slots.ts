import type { PciDevice } from "../model/index.ts";
import { compareAddresses, slotAddress } from "./address.ts";

/** What a spec calls a device: all functions of one slot, e.g. a graphics card and its audio. */
export interface PciSlot {
  /** `dddd:bb:dd`. */
  readonly address: string;
  /** In address order, never empty. */
  readonly functions: readonly PciDevice[];
}

/** In address order. */
export function slotsOf(devices: readonly PciDevice[]): readonly PciSlot[] {
  const slots = new Map<string, PciDevice[]>();
  for (const device of [...devices].sort((a, b) => compareAddresses(a.address, b.address))) {
    const address = slotAddress(device.address);
    const functions = slots.get(address);
    if (functions === undefined) slots.set(address, [device]);
    else functions.push(device);
  }
  return [...slots].map(([address, functions]) => ({ address, functions }));
}
