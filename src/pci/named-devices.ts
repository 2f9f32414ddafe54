import type { Diagnostic, PciDevice } from "../model/index.ts";
import type { DeviceSelector, Devices } from "../spec/host-spec.gen.ts";
import { shortAddress } from "./address.ts";
import { bridgeChain } from "./bridge-chain.ts";
import { describeDevice } from "./describe.ts";
import { isBridge } from "./kinds.ts";
import { idOf, likelyFirst, nearestDevice } from "./nearest-device.ts";
import type { Resolution } from "./selectors.ts";
import { CLASS_NAMES, resolveSelector } from "./selectors.ts";
import { slotsOf } from "./slots.ts";
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
  /** Codes `device-not-found`, `device-ambiguous`, `unknown-pci-class`. */
  readonly diagnostics: readonly Diagnostic[];
}

export function resolveDevices(selectors: Devices, devices: readonly PciDevice[]): NamedDevices {
  const byName = new Map<string, NamedDevice>();
  const diagnostics: Diagnostic[] = [];
  for (const [name, selector] of Object.entries(selectors)) {
    const found = resolveSelector(selector, devices);
    if (found.kind === "one") byName.set(name, { name, slot: found.slot, functions: found.functions });
    else diagnostics.push(complaint(name, selector, found, devices));
  }
  return { byName, diagnostics };
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
      const [first] = failure.slots;
      const unique = first && suggestSelector(selector, first, devices);
      return {
        ...common,
        code: "device-ambiguous",
        summary: `${name} must be one PCI device, but ${failure.slots.length} match ${written(selector)}`,
        detail: listing("these match:", failure.slots),
        hint: `say which one, e.g. ${name}: ${written(unique ?? { ...selector, nth: 1 })}`,
      };
    }
    case "missing-functions":
      return {
        ...common,
        code: "device-not-found",
        summary: `${name}: ${shortAddress(failure.slot.address)} has no function ${failure.missing.join(", ")}`,
        detail: listing("its functions are:", [failure.slot]),
        hint: "name only functions that are there, or leave `functions` out to mean all of them",
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
  const properties = Object.entries(selector).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `{ ${properties.join(", ")} }`;
}
