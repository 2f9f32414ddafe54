import type { DeviceLock, LockedDevice, LockedFunction, PciDevice } from "../model/index.ts";
import { functionNumber, slotAddress } from "./address.ts";
import { bridgeChain } from "./bridge-chain.ts";
import type { NamedDevice } from "./named-devices.ts";
import type { PciSlot } from "./slots.ts";
import { isVirtual } from "./slots.ts";

/**
 * The lock of these devices, by name in code-unit order so that it reads the same whatever the order of the spec.
 * A device whose sysfs path leads over no root bus has no place that could be recorded, and is left out.
 */
export function lockOf(devices: Iterable<NamedDevice>): DeviceLock {
  const entries = [...devices].flatMap(({ name, slot }): [string, LockedDevice][] => {
    const locked = lockedAs(slot);
    return locked === undefined ? [] : [[name, locked]];
  });
  return { formatVersion: "1.0", devices: Object.fromEntries(entries.sort(byName)) };
}

/** Whether both say the same; how a file spells it, with what blanks and in what order, is no difference. */
export function sameLock(a: DeviceLock, b: DeviceLock): boolean {
  return canonical(a) === canonical(b);
}

/** Where a slot is plugged in, and what is in it. */
export function lockedAs(slot: PciSlot): LockedDevice | undefined {
  const [first] = slot.functions;
  const chain = first === undefined ? undefined : bridgeChain(first);
  if (chain === undefined) return undefined;
  return {
    rootBus: chain.rootBus,
    // Of a virtual function, the place is its own and not its card's.
    path: first !== undefined && isVirtual(first) ? chain.path : slotAddress(chain.path),
    slot: slot.address,
    functions: slot.functions.map(lockedFunction),
  };
}

export function samePlace(a: LockedDevice, b: LockedDevice): boolean {
  return a.rootBus === b.rootBus && a.path === b.path;
}

/**
 * Whether both can be the same card, or cards of one kind: all functions that both have are the same, board
 * included, and there is one. A firmware setting may hide a function of a card, so a missing one proves nothing.
 */
export function sameIds(a: LockedDevice, b: LockedDevice): boolean {
  const pairs = a.functions.flatMap((one) => {
    const other = b.functions.find((candidate) => candidate.function === one.function);
    return other === undefined ? [] : [[one, other] as const];
  });
  return pairs.length > 0 && pairs.every(([x, y]) => x.id === y.id && x.subsystem === y.subsystem);
}

function lockedFunction(device: PciDevice): LockedFunction {
  return {
    function: functionNumber(device.address),
    id: `${device.vendor}:${device.device}`,
    subsystem: `${device.subsystemVendor}:${device.subsystemDevice}`,
  };
}

function canonical({ formatVersion, devices }: DeviceLock): string {
  const entries = Object.entries(devices)
    .sort(byName)
    .map(([name, { rootBus, path, slot, functions }]) => [
      name,
      rootBus,
      path,
      slot,
      [...functions]
        .sort((a, b) => a.function - b.function)
        .map((one) => [one.function, one.id, one.subsystem]),
    ]);
  return JSON.stringify([formatVersion, entries]);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
