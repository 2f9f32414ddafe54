import { functionNumber, shortAddress, slotAddress } from "../../pci/address.ts";
import { describeDevice } from "../../pci/describe.ts";
import { cardOf } from "../../pci/one-card.ts";
import { resolveSelector } from "../../pci/selectors.ts";
import type { PciSlot } from "../../pci/slots.ts";
import { slotsOf } from "../../pci/slots.ts";
import { suggestSelector } from "../../pci/suggest-selector.ts";
import type { HostState, PciDevice } from "../../model/index.ts";
import type { DeviceSelector } from "../../spec/host-spec.gen.ts";
import type { Card, Declare } from "./declare.ts";
import { namedCards } from "./virtual-machine.ts";
import { flow, oneLine } from "./yaml.ts";

/** What people give to virtual machines, or keep from them. */
const KINDS: readonly (readonly [prefix: string, name: string])[] = [
  ["03", "gpu"],
  ["0108", "nvme"],
  ["02", "nic"],
];
const MORE_KINDS: typeof KINDS = [...KINDS, ["0c03", "usb"], ["01", "disks"], ["04", "audio"]];

function kindOf(functions: readonly PciDevice[], kinds: typeof KINDS): string | undefined {
  return kinds.find(([prefix]) => functions.some(({ class: code }) => code.startsWith(prefix)))?.[1];
}

/** @param forVm Addresses of the devices for a virtual machine: `0d:00`, or `0d:00.0` for one function. */
export function cardsOf({ pci }: HostState, forVm: readonly string[]): readonly Card[] {
  const devices = pci.known ? pci.value : [];
  const wanted = wantedSlots(forVm, devices).map(({ slot, named }) => ({
    slot,
    functions: cardOf(slot, named),
    forVm: true,
  }));
  const others = slotsOf(devices)
    .filter((slot) => !wanted.some((one) => one.slot.address === slot.address))
    .filter(({ functions }) => kindOf(functions, KINDS) !== undefined)
    .filter(({ functions }) => functions.every(({ physicalFunction }) => physicalFunction === undefined))
    .map((slot) => ({ slot, functions: ofKind(slot), forVm: false }));
  const all = [...wanted, ...others];
  const plain = all.map((one) => `${one.forVm ? "vm-" : ""}${kindOf(one.functions, MORE_KINDS) ?? "device"}`);
  return all.flatMap((one, index) => {
    const name = plain[index] ?? "device";
    const like = plain.filter((other) => other === name).length;
    const number = plain.slice(0, index + 1).filter((other) => other === name).length;
    const selector = selectorOf(one.slot, one.functions, devices);
    if (selector === undefined) return [];
    return [
      { name: like > 1 ? `${name}-${number}` : name, selector, functions: one.functions, forVm: one.forVm },
    ];
  });
}

/** A slot whose functions are named one by one is one card. */
function wantedSlots(forVm: readonly string[], devices: readonly PciDevice[]) {
  const named = new Map<string, { readonly slot: PciSlot; readonly named: PciDevice[] }>();
  for (const address of forVm) {
    const found = resolveSelector({ address }, devices);
    if (found.kind !== "one") continue;
    const { slot } = found;
    const digit = /\.[0-7]$/.exec(address)?.[0].slice(1);
    const meant = slot.functions.filter(
      (one) => digit === undefined || functionNumber(one.address) === Number(digit),
    );
    const before = named.get(slot.address)?.named ?? [];
    named.set(slot.address, { slot, named: [...new Set([...before, ...meant])] });
  }
  return [...named.values()];
}

/** Of a slot of the chipset or the processor, only what makes it worth a name. */
function ofKind(slot: PciSlot): readonly PciDevice[] {
  const kind = kindOf(slot.functions, KINDS);
  const named = slot.functions.filter((one) => kindOf([one], KINDS) === kind);
  return cardOf(slot, named);
}

/** By id, and by path where several have it; the address only where nothing else tells it. */
function selectorOf(
  slot: PciSlot,
  functions: readonly PciDevice[],
  devices: readonly PciDevice[],
): DeviceSelector | undefined {
  const [first] = functions;
  if (first === undefined) return undefined;
  const some =
    functions.length === slot.functions.length
      ? {}
      : { functions: functions.map(({ address }) => functionNumber(address)) as [number, ...number[]] };
  const byId = { id: `${first.vendor}:${first.device}`, ...some };
  return (
    suggestSelector(byId, slot, devices) ?? { address: shortAddress(slotAddress(slot.address)), ...some }
  );
}

/** Only what the spec names is declared: each plan would warn of the rest. */
export const declareDevices: Declare = ({ cards }) => {
  if (cards.length === 0) return undefined;
  const named = namedCards(cards);
  return {
    about: [
      "The cards of this host, by what stays the same when others are added; a comment where none is named.",
    ],
    value: cards.flatMap((card) => [
      ...card.functions.map((one) => `  # ${oneLine(described(one))}`),
      `  ${named.includes(card) ? "" : "# "}${card.name}: ${flow(card.selector)}`,
    ]),
    ...(named.length === 0 ? { isComment: true } : {}),
  };
};

/** One line of a function, for who is to choose. */
export function described(device: PciDevice): string {
  const { driver, iommuGroup, bootVga } = device;
  return [
    describeDevice(device),
    ...(driver === undefined ? [] : [`driver ${driver}`]),
    ...(iommuGroup === undefined ? [] : [`IOMMU group ${iommuGroup}`]),
    ...(bootVga === true ? ["shows the boot screen"] : []),
  ].join(", ");
}
