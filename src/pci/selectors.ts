import type { PciDevice } from "../model/index.ts";
import type { DeviceSelector } from "../spec/host-spec.gen.ts";
import { functionNumber, slotAddress } from "./address.ts";
import { bridgeChain } from "./bridge-chain.ts";
import type { PciSlot } from "./slots.ts";
import { slotsOf } from "./slots.ts";

export type Resolution =
  | {
      readonly kind: "one";
      readonly slot: PciSlot;
      /** Those that `functions` names, else all of the slot. */
      readonly functions: readonly PciDevice[];
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
 */
export function resolveSelector(selector: DeviceSelector, devices: readonly PciDevice[]): Resolution {
  const classPrefix = selector.class === undefined ? "" : classPrefixOf(selector.class);
  if (classPrefix === undefined) return { kind: "unknown-class", name: selector.class ?? "" };
  const matching = slotsOf(devices).filter((slot) =>
    slot.functions.some((device) => device.class.startsWith(classPrefix) && matches(selector, device)),
  );
  const slots = selector.nth === undefined ? matching : matching.slice(selector.nth - 1, selector.nth);
  const [slot] = slots;
  if (slot === undefined) return { kind: "none" };
  return slots.length === 1 ? restrict(slot, selector.functions) : { kind: "several", slots };
}

function classPrefixOf(name: string): string | undefined {
  if (Object.hasOwn(CLASS_NAMES, name)) return CLASS_NAMES[name];
  return /^([0-9a-f]{2}){1,3}$/.test(name) ? name : undefined;
}

function matches({ id, subsystem, address, path }: DeviceSelector, device: PciDevice): boolean {
  return (
    (id === undefined || id === `${device.vendor}:${device.device}`) &&
    (subsystem === undefined || subsystem === `${device.subsystemVendor}:${device.subsystemDevice}`) &&
    (address === undefined || matchesAddress(address, device)) &&
    (path === undefined || matchesPath(path, device))
  );
}

/** @param address `[dddd:]bb:dd[.f]`; the domain is 0000 where it is left out. */
function matchesAddress(address: string, device: PciDevice): boolean {
  const full = address.split(":").length === 2 ? `0000:${address}` : address;
  return full === device.address || full === slotAddress(device.address);
}

/** @param path `[dddd:bb/]dd.f/…/dd[.f]`; on any root bus where that is left out. */
function matchesPath(path: string, device: PciDevice): boolean {
  const chain = bridgeChain(device);
  if (chain === undefined) return false;
  const exact = path.includes(":") ? `${chain.rootBus}/${chain.path}` : chain.path;
  return path === exact || path === slotAddress(exact);
}

function restrict(slot: PciSlot, numbers: readonly number[] | undefined): Resolution {
  if (numbers === undefined) return { kind: "one", slot, functions: slot.functions };
  const functions = slot.functions.filter((device) => numbers.includes(functionNumber(device.address)));
  const present = functions.map((device) => functionNumber(device.address));
  const missing = numbers.filter((number) => !present.includes(number));
  return missing.length === 0
    ? { kind: "one", slot, functions }
    : { kind: "missing-functions", slot, missing };
}
