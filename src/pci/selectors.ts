import type { PciDevice } from "../model/index.ts";
import type { DeviceSelector } from "../spec/host-spec.gen.ts";
import { functionNumber, slotAddress } from "./address.ts";
import { bridgeChain } from "./bridge-chain.ts";
import type { PciSlot } from "./slots.ts";
import { isVirtual, slotsOf } from "./slots.ts";

export type Resolution =
  | {
      readonly kind: "one";
      readonly slot: PciSlot;
      /** Those that `functions` names, else all of the slot. */
      readonly functions: readonly PciDevice[];
      /** Those of the slot that match by themselves: with `address: "0c:00"` all of them, with an id often one. */
      readonly matching: readonly PciDevice[];
    }
  | { readonly kind: "none" }
  /** More than one slot, in address order. */
  | { readonly kind: "several"; readonly slots: readonly PciSlot[] }
  | { readonly kind: "unknown-class"; readonly name: string }
  | { readonly kind: "missing-functions"; readonly slot: PciSlot; readonly missing: readonly number[] };

/**
 * Names for what people look for, as prefixes of the class code (PCI Code and ID Assignment Specification).
 * `3d` could be read as hex, but no base class has that number.
 */
export const CLASS_NAMES: Readonly<Record<string, string>> = {
  vga: "0300",
  display: "03",
  "3d": "0302",
  audio: "04",
  usb: "0c03",
  nvme: "0108",
  network: "02",
  storage: "01",
  bridge: "06",
};

/**
 * The slots that a selector means. One function of the slot must match all of id, subsystem, class, address and
 * path; `nth` then picks among the matching slots in address order, and `functions` says less than the slot.
 *
 * A virtual function is a slot of its own. The address of the slot that it shares the digits of means its card, unless
 * `functions` names the virtual function.
 */
export function resolveSelector(selector: DeviceSelector, devices: readonly PciDevice[]): Resolution {
  const classPrefix = selector.class === undefined ? "" : classPrefixOf(selector.class);
  if (classPrefix === undefined) return { kind: "unknown-class", name: selector.class ?? "" };
  const isMeant = (device: PciDevice): boolean =>
    device.class.startsWith(classPrefix) && matches(selector, device);
  const found = withoutCards(
    slotsOf(devices).filter(({ functions }) => functions.some(isMeant)),
    selector,
  );
  const slots = selector.nth === undefined ? found : found.slice(selector.nth - 1, selector.nth);
  const [slot] = slots;
  if (slot === undefined) return { kind: "none" };
  if (slots.length > 1) return { kind: "several", slots };
  return restrict(slot, slot.functions.filter(isMeant), selector.functions);
}

/** Where `functions` names a virtual function, its card is not meant, although the digits of the slot are the same. */
function withoutCards(slots: readonly PciSlot[], { functions }: DeviceSelector): readonly PciSlot[] {
  if (functions === undefined) return slots;
  const cards = slots.flatMap((slot) => slot.functions.flatMap((one) => one.physicalFunction ?? []));
  return slots.filter((slot) => !slot.functions.some(({ address }) => cards.includes(address)));
}

/** The digits that a class begins with: by a name, or the digits themselves. */
export function classPrefixOf(name: string): string | undefined {
  if (Object.hasOwn(CLASS_NAMES, name)) return CLASS_NAMES[name];
  return /^([0-9a-f]{2}){1,3}$/.test(name) ? name : undefined;
}

function matches(selector: DeviceSelector, device: PciDevice): boolean {
  const { id, subsystem, address, path, functions } = selector;
  const virtual = isVirtual(device);
  if (virtual && functions !== undefined && !isOnly(functions, device)) return false;
  const bySlot = !virtual || functions !== undefined;
  return (
    (id === undefined || id === `${device.vendor}:${device.device}`) &&
    (subsystem === undefined || subsystem === `${device.subsystemVendor}:${device.subsystemDevice}`) &&
    (address === undefined || matchesAddress(address, device, bySlot)) &&
    (path === undefined || matchesPath(path, device, bySlot))
  );
}

function isOnly(numbers: readonly number[], { address }: PciDevice): boolean {
  return numbers.every((number) => number === functionNumber(address));
}

/** @param address `[dddd:]bb:dd[.f]`; the domain is 0000 where it is left out. */
function matchesAddress(address: string, device: PciDevice, bySlot: boolean): boolean {
  const full = address.split(":").length === 2 ? `0000:${address}` : address;
  return full === device.address || (bySlot && full === slotAddress(device.address));
}

/** @param path `[dddd:bb/]dd.f/…/dd[.f]`; on any root bus where that is left out. */
function matchesPath(path: string, device: PciDevice, bySlot: boolean): boolean {
  const chain = bridgeChain(device);
  if (chain === undefined) return false;
  const exact = path.includes(":") ? `${chain.rootBus}/${chain.path}` : chain.path;
  return path === exact || (bySlot && path === slotAddress(exact));
}

function restrict(
  slot: PciSlot,
  matching: readonly PciDevice[],
  numbers: readonly number[] | undefined,
): Resolution {
  if (numbers === undefined) return { kind: "one", slot, functions: slot.functions, matching };
  const functions = slot.functions.filter((device) => numbers.includes(functionNumber(device.address)));
  const present = functions.map((device) => functionNumber(device.address));
  const missing = numbers.filter((number) => !present.includes(number));
  return missing.length === 0
    ? { kind: "one", slot, functions, matching }
    : { kind: "missing-functions", slot, missing };
}
