import type { DeviceLock, Diagnostic, LockedDevice, PciDevice } from "../model/index.ts";
import type { Devices } from "../spec/host-spec.gen.ts";
import { shortAddress } from "./address.ts";
import { describeDevice, inWords } from "./describe.ts";
import { lockedAs, sameIds, samePlace } from "./device-lock.ts";
import type { NamedDevice } from "./named-devices.ts";
import type { PciSlot } from "./slots.ts";
import { slotsOf } from "./slots.ts";

/** A lock and the name of its file, for messages. */
export interface Lock {
  readonly file: string;
  readonly devices: DeviceLock["devices"];
}

interface Comparison {
  readonly name: string;
  readonly locked: LockedDevice;
  readonly now: LockedDevice;
  readonly slot: PciSlot;
}

/**
 * What a lock says against the cards that the names of a spec mean now: nothing, or one diagnostic a name.
 *
 * - `device-replaced`, an error: another card than the locked one.
 * - `device-moved`: the same card in another place. A warning, but an error where it may be another card of the same
 *   kind: there are several on this host, or the lock knows another name in that place.
 */
export function compareWithLock(
  lock: Lock,
  named: Iterable<NamedDevice>,
  selectors: Devices,
  devices: readonly PciDevice[],
): readonly Diagnostic[] {
  const slots = slotsOf(devices);
  return [...named].flatMap(({ name, slot }): Diagnostic[] => {
    const locked = Object.hasOwn(lock.devices, name) ? lock.devices[name] : undefined;
    const now = lockedAs(slot);
    if (locked === undefined || now === undefined) return [];
    const comparison = { name, locked, now, slot };
    if (!sameIds(locked, now)) return [replaced(lock, comparison, slots)];
    if (samePlace(locked, now)) return [];
    return [moved(lock, comparison, slots, selectors)];
  });
}

/** The errors about devices that are not there, each with where the lock has it. */
export function withLastPlaces(
  diagnostics: readonly Diagnostic[],
  lock: Lock,
  devices: readonly PciDevice[],
): readonly Diagnostic[] {
  const slots = slotsOf(devices);
  return diagnostics.map((diagnostic) => {
    const [, name] = diagnostic.specPath ?? [];
    if (diagnostic.code !== "device-not-found" || typeof name !== "string") return diagnostic;
    const locked = Object.hasOwn(lock.devices, name) ? lock.devices[name] : undefined;
    if (locked === undefined) return diagnostic;
    const last = `${lock.file} has it at ${placeOf(locked)}: ${cardOf(locked)}`;
    const lines = [last, ...nowAt(name, locked, slots), diagnostic.detail ?? []].flat();
    return { ...diagnostic, detail: lines.join("\n") };
  });
}

function replaced(
  lock: Lock,
  { name, locked, now, slot }: Comparison,
  slots: readonly PciSlot[],
): Diagnostic {
  const before = samePlace(locked, now) ? "" : `, then at ${placeOf(locked)}`;
  const detail = nowAt(name, locked, slots);
  return {
    severity: "error",
    code: "device-replaced",
    summary: `${name} is another card than before: ${described(slot)}, board ${boardOf(now)}, is at ${placeOf(now)}; ${lock.file} has ${cardOf(locked)}${before}`,
    ...(detail.length === 0 ? {} : { detail: detail.join("\n") }),
    hint: `if ${name} should be this card, remove ${name} from ${lock.file} and apply again; if not, correct its selector`,
    ...about(name),
  };
}

function moved(
  lock: Lock,
  { name, locked, now, slot }: Comparison,
  slots: readonly PciSlot[],
  selectors: Devices,
): Diagnostic {
  const way = `it was at ${placeOf(locked)} and is now at ${placeOf(now)}`;
  const alike = slots.filter((candidate) => isLike(candidate, locked));
  const others = namesLockedAt(lock, now).filter((other) => other !== name);
  if (alike.length === 1 && others.length === 0) {
    return {
      severity: "warning",
      code: "device-moved",
      summary: `${name} has moved: ${way}`,
      detail: `It is the only card of its kind here, so the selector still finds the right one: ${described(slot)}.`,
      hint: `the next apply records its place in ${lock.file}`,
      ...about(name),
    };
  }
  const why =
    others.length === 0
      ? `this host has ${alike.length} such cards`
      : `${lock.file} knows that one as ${inWords(others)}`;
  const places = alike.map((candidate) => `  ${described(candidate)}, ${pathIn(candidate)}`);
  const meant = alike.find((candidate) => isAt(candidate, locked)) ?? slot;
  const selector = selectors[name];
  const better =
    selector?.path === undefined ? `; to name it by its place: ${name}: ${byPath(selector?.id, meant)}` : "";
  return {
    severity: "error",
    code: "device-moved",
    summary: `${name} may be the other card now: ${way}, and ${why}`,
    detail: ["these cards are alike:", ...places].join("\n"),
    hint: `if that is meant, remove ${name} from ${lock.file} and apply again${better}`,
    ...about(name),
  };
}

function about(name: string): Pick<Diagnostic, "specPath" | "address"> {
  return { specPath: ["devices", name], address: `devices.${name}` };
}

/** Where a card like the locked one is now, a line each. */
function nowAt(name: string, locked: LockedDevice, slots: readonly PciSlot[]): string[] {
  return slots
    .filter((slot) => isLike(slot, locked))
    .map((slot) => `the card that was ${name}, or one like it, is now ${described(slot)}, ${pathIn(slot)}`);
}

function isLike(slot: PciSlot, locked: LockedDevice): boolean {
  const now = lockedAs(slot);
  return now !== undefined && sameIds(locked, now);
}

function isAt(slot: PciSlot, locked: LockedDevice): boolean {
  const now = lockedAs(slot);
  return now !== undefined && samePlace(locked, now);
}

function namesLockedAt(lock: Lock, place: LockedDevice): string[] {
  return Object.entries(lock.devices)
    .filter(([, locked]) => samePlace(locked, place) && sameIds(locked, place))
    .map(([name]) => name);
}

/** Its first function stands for a card: `0c:00.0 VGA compatible controller: AMD/ATI Navi 10 [1002:731f]`. */
function described({ functions, address }: PciSlot): string {
  const [first] = functions;
  return first === undefined ? shortAddress(address) : describeDevice(first);
}

/** Of a card that may not be there any more, only numbers are known. */
function cardOf(locked: LockedDevice): string {
  return `card ${inWords(locked.functions.map(({ id }) => id))}, board ${boardOf(locked)}`;
}

function boardOf({ functions }: LockedDevice): string {
  return functions[0]?.subsystem ?? "0000:0000";
}

function placeOf(device: LockedDevice): string {
  return `${shortAddress(device.slot)} (path ${pathOf(device)})`;
}

/** As a selector's `path` takes it; the root bus is only worth saying where it is not the usual one. */
function pathOf({ rootBus, path }: LockedDevice): string {
  return rootBus === "0000:00" ? path : `${rootBus}/${path}`;
}

function pathIn(slot: PciSlot): string {
  const place = lockedAs(slot);
  return place === undefined ? `at ${shortAddress(slot.address)}` : `path ${pathOf(place)}`;
}

function byPath(id: string | undefined, slot: PciSlot): string {
  const place = lockedAs(slot);
  const path = place === undefined ? "" : pathOf(place);
  return id === undefined ? `{ path: "${path}" }` : `{ id: "${id}", path: "${path}" }`;
}
