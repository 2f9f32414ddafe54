import type { PciDevice } from "../model/index.ts";
import { bridgeChain } from "./bridge-chain.ts";
import { isBridge } from "./kinds.ts";
import type { PciSlot } from "./slots.ts";

/**
 * A slot is a card, and a card is one thing to a person: a graphics card with its audio and its USB-C port. But the slots
 * of a chipset and of a processor hold what has nothing in common but the number: the LPC bridge, the SMBus and the
 * board's audio; or the processor's graphics, its security processor and two USB controllers. Who names one function of
 * such a slot does not mean the others.
 */

/** Whether all functions of a slot are what a person means who names these. */
export function isOneCard({ functions }: PciSlot, named: readonly PciDevice[]): boolean {
  const others = functions.filter((one) => !named.includes(one));
  if (others.length === 0 || isGraphicsCard(functions)) return true;
  if (functions.some(isOnRootBus) || others.some(isBridge)) return false;
  const groups = groupsOf(functions);
  if (groups === "several") return false;
  // Of several equal ports, one was picked; without groups nobody can tell whether the others must come along.
  if (groups === "unknown" && others.some((other) => named.some((one) => isTwin(one, other)))) return false;
  return others.every((other) => !isOfUse(other) || named.some((one) => sameKind(one, other)));
}

/** What a person means who names these functions of a slot: the card, where the slot is one. */
export function cardOf(slot: PciSlot, named: readonly PciDevice[]): readonly PciDevice[] {
  return isOneCard(slot, named) ? slot.functions : named;
}

/** Whether a slot, named as a whole, holds what is used for unlike things and does not belong together. */
export function isMixed({ functions }: PciSlot): boolean {
  if (isGraphicsCard(functions)) return false;
  const uses = new Set(functions.filter(isOfUse).map(({ class: code }) => code.slice(0, 2)));
  return uses.size > 1 && (functions.some(isOnRootBus) || groupsOf(functions) !== "one");
}

/** Those functions of the slot that a person probably means who names these: graphics go with their own audio. */
export function meantWith({ functions }: PciSlot, named: readonly PciDevice[]): readonly PciDevice[] {
  const display = named.find(isDisplay);
  if (display === undefined) return named;
  return functions.filter((one) => named.includes(one) || (isAudio(one) && one.vendor === display.vendor));
}

/** What graphics cards have besides: audio, a USB controller, and the controller of the USB-C connector (UCSI). */
const ON_GRAPHICS_CARDS = ["03", "0403", "0c03", "0c80"];

function isGraphicsCard(functions: readonly PciDevice[]): boolean {
  const display = functions.find(isDisplay);
  return (
    display !== undefined &&
    functions.every(
      ({ vendor, class: code }) =>
        vendor === display.vendor && ON_GRAPHICS_CARDS.some((prefix) => code.startsWith(prefix)),
    )
  );
}

function isDisplay({ class: code }: PciDevice): boolean {
  return code.startsWith("03");
}

function isAudio({ class: code }: PciDevice): boolean {
  return code.startsWith("0403");
}

function isOnRootBus(device: PciDevice): boolean {
  return bridgeChain(device)?.path.includes("/") === false;
}

function groupsOf(functions: readonly PciDevice[]): "unknown" | "one" | "several" {
  const groups = new Set(functions.map(({ iommuGroup }) => iommuGroup));
  if (groups.size > 1) return "several";
  return groups.has(undefined) ? "unknown" : "one";
}

/**
 * By its class, not by its driver: what a spec has bound to vfio-pci has no driver of the host any more, and means the same.
 * Non-essential instrumentation, as AMD's processors have it in most slots, has none anywhere.
 */
function isOfUse({ class: code }: PciDevice): boolean {
  return !code.startsWith("13");
}

function isTwin(a: PciDevice, b: PciDevice): boolean {
  return a.vendor === b.vendor && a.device === b.device;
}

/** By base class: the ports of a card, or its USB controllers of several speeds. */
function sameKind(a: PciDevice, b: PciDevice): boolean {
  return a.class.slice(0, 2) === b.class.slice(0, 2);
}
