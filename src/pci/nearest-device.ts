import type { PciDevice } from "../model/index.ts";
import type { DeviceSelector } from "../spec/host-spec.gen.ts";
import { suggest } from "../spec/suggest.ts";
import { CLASS_NAMES } from "./selectors.ts";
import type { PciSlot } from "./slots.ts";

/** What people call devices, with the name of the class. */
const CALLED: readonly (readonly [word: RegExp, className: string])[] = [
  [/gpu|vga|graphic|display|video/iu, "display"],
  [/nic|net|eth|lan|wifi/iu, "network"],
  [/nvme|ssd/iu, "nvme"],
  [/usb/iu, "usb"],
  [/audio|sound/iu, "audio"],
];

/** The function that was probably meant by a selector that matches none: the nearest id, else one of the class. */
export function nearestDevice(
  name: string,
  { id, class: className }: DeviceSelector,
  slots: readonly PciSlot[],
): { readonly slot: PciSlot; readonly device: PciDevice } | undefined {
  const found = slots.flatMap((slot) => slot.functions.map((device) => ({ slot, device })));
  const near =
    id === undefined
      ? undefined
      : nearestId(
          id,
          found.map(({ device }) => idOf(device)),
        );
  const prefix = meantClass(name, className);
  return (
    found.find(({ device }) => idOf(device) === near) ??
    (prefix === undefined ? undefined : found.find(({ device }) => device.class.startsWith(prefix)))
  );
}

/** Slots of the class that was probably meant come first, else all stay in the order of their addresses. */
export function likelyFirst(
  name: string,
  { class: className }: DeviceSelector,
  slots: readonly PciSlot[],
): readonly PciSlot[] {
  const prefix = meantClass(name, className);
  if (prefix === undefined) return slots;
  const rank = ({ functions }: PciSlot) => (functions.some((one) => one.class.startsWith(prefix)) ? 0 : 1);
  return slots.toSorted((a, b) => rank(a) - rank(b));
}

export function idOf({ vendor, device }: PciDevice): string {
  return `${vendor}:${device}`;
}

/** Its halves may be swapped, or a few digits wrong. */
function nearestId(id: string, ids: readonly string[]): string | undefined {
  const swapped = id.split(":").reverse().join(":");
  return ids.includes(swapped) ? swapped : suggest(id, ids);
}

/** As the prefix of a class code. */
function meantClass(name: string, className: string | undefined): string | undefined {
  const called = className ?? CALLED.find(([word]) => word.test(name))?.[1];
  if (called === undefined) return undefined;
  return Object.hasOwn(CLASS_NAMES, called) ? CLASS_NAMES[called] : called;
}
