import type { Diagnostic, PciDevice } from "../model/index.ts";
import type { DeviceSelector, Devices } from "../spec/host-spec.gen.ts";
import { functionNumber, shortAddress, slotAddress } from "./address.ts";
import { bridgeChain } from "./bridge-chain.ts";
import { describeDevice, inWords } from "./describe.ts";
import { isBridge, isNothingToGive } from "./kinds.ts";
import { idOf, likelyFirst, nearestDevice } from "./nearest-device.ts";
import { isOneCard, meantWith } from "./one-card.ts";
import type { Resolution } from "./selectors.ts";
import { CLASS_NAMES, resolveSelector } from "./selectors.ts";
import { isVirtual, slotsOf } from "./slots.ts";
import type { PciSlot } from "./slots.ts";
import { suggestSelector } from "./suggest-selector.ts";

/** What one name under a spec's `devices` means on this host. */
export interface NamedDevice {
  readonly name: string;
  readonly slot: PciSlot;
  /** Those that the spec speaks of; never empty. */
  readonly functions: readonly PciDevice[];
}

export interface NamedDevices {
  /** By name; a name whose selector does not resolve is left out and has an error among the diagnostics. */
  readonly byName: ReadonlyMap<string, NamedDevice>;
  /** Codes `device-not-found`, `device-ambiguous`, `device-needs-functions`, `unknown-pci-class`. */
  readonly diagnostics: readonly Diagnostic[];
}

export function resolveDevices(selectors: Devices, devices: readonly PciDevice[]): NamedDevices {
  const byName = new Map<string, NamedDevice>();
  const diagnostics: Diagnostic[] = [];
  for (const [name, selector] of Object.entries(selectors)) {
    const found = resolveSelector(selector, devices);
    if (found.kind !== "one") {
      diagnostics.push(complaint(name, selector, found, devices));
      continue;
    }
    const { slot, functions, matching } = found;
    const clear = saysWhich(selector, found);
    // What else there is to say of the device is told at once, for those functions that are probably meant.
    byName.set(name, { name, slot, functions: clear ? functions : meantWith(slot, matching) });
    if (!clear) diagnostics.push(needsFunctions(name, selector, slot, matching));
  }
  return { byName, diagnostics };
}

/** A bridge is nothing to hand over, and nobody means what stands beside it. */
function saysWhich({ functions }: DeviceSelector, { slot, matching }: Found): boolean {
  return functions !== undefined || matching.every(isBridge) || isOneCard(slot, matching);
}

type Found = Extract<Resolution, { kind: "one" }>;

/**
 * That a slot holds more than what its selector speaks of, with the lines that say which is meant.
 *
 * @param named Those that the selector speaks of; the whole slot, where it says nothing less.
 */
export function needsFunctions(
  name: string,
  selector: DeviceSelector,
  slot: PciSlot,
  named: readonly PciDevice[],
): Diagnostic {
  const { functions } = slot;
  const line = (some: readonly PciDevice[]): string => `  ${name}: ${written(withFunctions(selector, some))}`;
  const meant = meantWith(slot, named);
  const givable = functions.filter((one) => !isNothingToGive(one));
  const some = meant.length < functions.length ? [meant] : givable.map((one) => [one]);
  const beside = functions.filter((one) => !named.includes(one)).map(describeDevice);
  return {
    severity: "error",
    specPath: ["devices", name],
    address: `devices.${name}`,
    code: "device-needs-functions",
    summary:
      beside.length === 0
        ? `${name}: slot ${shortAddress(slot.address)} holds ${functions.length} functions that are no single card`
        : `${name}: ${written(selector)} is ${inWords(named.map(describeDevice))}, but its slot is no single card and also holds ${inWords(beside)}`,
    detail: ["the slot's functions:", ...functions.map((one) => `  ${withUse(one)}`)].join("\n"),
    hint: [
      "say which functions are meant:",
      ...some.map(line),
      ...(givable.length > 1
        ? [`or all ${givable.length < functions.length ? "that can be given" : "of them"}:`, line(givable)]
        : []),
    ].join("\n"),
  };
}

function withUse(device: PciDevice): string {
  const { driver, iommuGroup } = device;
  return [
    describeDevice(device),
    ...(iommuGroup === undefined ? [] : [`IOMMU group ${iommuGroup}`]),
    driver === undefined ? "no driver" : `driver ${driver}`,
  ].join(", ");
}

/** An address or a path that ends in a function digit would say two things; the first part of a path always has one. */
function withFunctions(selector: DeviceSelector, functions: readonly PciDevice[]): DeviceSelector {
  const { address, path } = selector;
  return {
    ...selector,
    ...(address === undefined ? {} : { address: address.replace(/\.[0-7]$/, "") }),
    ...(path === undefined
      ? {}
      : { path: path.replace(/(\/[0-9a-f]{2}\.[0-7]\/.*|^[0-9a-f]{2}\.[0-7]\/.*)\.[0-7]$/, "$1") }),
    functions: functions.map((one) => functionNumber(one.address)),
  };
}

type Failure = Exclude<Resolution, { kind: "one" }>;

function complaint(
  name: string,
  selector: DeviceSelector,
  failure: Failure,
  devices: readonly PciDevice[],
): Diagnostic {
  const common = { severity: "error", specPath: ["devices", name], address: `devices.${name}` } as const;
  switch (failure.kind) {
    case "none": {
      const endpoints = slotsOf(devices).filter((slot) => !slot.functions.every(isBridge));
      const candidates = likelyFirst(name, selector, endpoints);
      return {
        ...common,
        code: "device-not-found",
        summary: `no PCI device of this host is ${name}: nothing matches ${written(selector)}`,
        ...(candidates.length > 0 && { detail: listing("this host has:", candidates, MOST_CANDIDATES) }),
        hint: "hostcfg groups lists the devices of a host with their ids",
        ...exampleHint(name, selector, candidates, devices),
      };
    }
    case "several": {
      return {
        ...common,
        code: "device-ambiguous",
        summary: `${name} must be one PCI device, but ${failure.slots.length} match ${written(selector)}`,
        detail: listing("these match:", failure.slots),
        hint: whichOne(name, selector, failure.slots, devices),
      };
    }
    case "missing-functions":
      return {
        ...common,
        code: "device-not-found",
        summary: `${name}: ${shortAddress(failure.slot.address)} has no function ${failure.missing.join(", ")}`,
        detail: listing("its functions are:", [failure.slot]),
        hint:
          virtualHint(failure, devices) ??
          "name only functions that are there, or leave `functions` out to mean all of them",
        specPath: ["devices", name, "functions"],
      };
    case "unknown-class":
      return {
        ...common,
        code: "unknown-pci-class",
        summary: `${name}: "${failure.name}" is no PCI class`,
        hint: `use ${Object.keys(CLASS_NAMES).join(", ")}, or 2, 4 or 6 hex digits, e.g. class: "0300"`,
        specPath: ["devices", name, "class"],
      };
  }
}

/** The ports' virtual functions are alike but for their place, so each gets its line. */
function whichOne(
  name: string,
  selector: DeviceSelector,
  slots: readonly PciSlot[],
  devices: readonly PciDevice[],
): string {
  const virtual = slots.some(({ functions }) => functions.some(isVirtual));
  const lines = slots.slice(0, virtual ? MOST_CANDIDATES : 1).map((slot, index) => {
    const unique = suggestSelector(selector, slot, devices) ?? { ...selector, nth: index + 1 };
    return `${name}: ${written(unique)}`;
  });
  return virtual
    ? ["say which one:", ...lines.map((line) => `  ${line}`)].join("\n")
    : `say which one, e.g. ${lines.join("")}`;
}

function virtualHint(
  { slot, missing }: Extract<Failure, { kind: "missing-functions" }>,
  devices: readonly PciDevice[],
): string | undefined {
  const virtual = devices.filter(
    (one) =>
      isVirtual(one) &&
      slotAddress(one.address) === slot.address &&
      missing.includes(functionNumber(one.address)),
  );
  if (virtual.length === 0) return undefined;
  const which = inWords(virtual.map(({ address }) => shortAddress(address)));
  return `${which} ${virtual.length === 1 ? "is a virtual function" : "are virtual functions"}: give each a name of its own under devices`;
}

/** Of a host that has nothing like the device: enough to see what it has, most likely ones first. */
const MOST_CANDIDATES = 8;

/** A host may have thousands of virtual functions; nobody reads that many lines. */
const MOST_LINES = 40;

function listing(heading: string, slots: readonly PciSlot[], most = MOST_LINES): string {
  const lines = slots.flatMap((slot) => slot.functions).map(withPath);
  const more = lines.length - most;
  return [
    heading,
    ...lines.slice(0, most).map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${more} more (lspci -nn lists them)`] : []),
  ].join("\n");
}

function withPath(device: PciDevice): string {
  const chain = bridgeChain(device);
  return chain === undefined ? describeDevice(device) : `${describeDevice(device)}, path ${chain.path}`;
}

/** How the device that was probably meant would be named; nothing where that is not clear. */
function exampleHint(
  name: string,
  selector: DeviceSelector,
  candidates: readonly PciSlot[],
  devices: readonly PciDevice[],
): Pick<Diagnostic, "hint"> {
  const near = nearestDevice(name, selector, candidates);
  if (near === undefined) return {};
  const unique = suggestSelector({ id: idOf(near.device) }, near.slot, devices);
  return unique === undefined ? {} : { hint: `name one that is there, e.g. ${name}: ${written(unique)}` };
}

/** As in the spec: `{ id: "10de:2206", nth: 1 }`. */
function written(selector: DeviceSelector): string {
  const properties = Object.entries(selector).map(
    ([key, value]) => `${key}: ${JSON.stringify(value).replaceAll(",", ", ")}`,
  );
  return `{ ${properties.join(", ")} }`;
}
