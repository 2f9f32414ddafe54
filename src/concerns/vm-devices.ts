import type { Diagnostic, HostState, PciDevice, SpecPath } from "../model/index.ts";
import { shortAddress, slotAddress } from "../pci/address.ts";
import { describeDevice, inWords } from "../pci/describe.ts";
import type { NamedDevice } from "../pci/named-devices.ts";
import { resolveDevices } from "../pci/named-devices.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import type { LateConcern } from "./concern.ts";
import type { JudgedGroups } from "./groups-for-judgement.ts";
import { groupsForJudgement } from "./groups-for-judgement.ts";

/** PCI devices of which the host cannot do without the last. */
interface Needed {
  readonly addresses: readonly string[];
  /** What the host has them for, e.g. `holds / and /boot/efi`. */
  readonly because: string;
}

interface ForVm {
  readonly device: NamedDevice;
  readonly specPath: SpecPath;
  readonly address: string;
}

/**
 * Keeps from a virtual machine what would take the host down with it: a device for a machine, be it bound to vfio-pci
 * or only isolated for it, must neither be nor share a group with a disk or the last network card of the host.
 */
export const vmDevices: LateConcern = ({ spec, state, outlook }) => {
  if (!state.pci.known) return {};
  const all = state.pci.value;
  const needed = neededByHost(state);
  const groups = groupsForJudgement(state, outlook);
  return {
    diagnostics: forVms(spec, all).flatMap((forVm) =>
      needed.flatMap((one) => {
        const how = meeting(forVm.device, one, groups);
        return how === undefined ? [] : [complaint(forVm, one, how, all)];
      }),
    ),
  };
};

/** Each device once, by the place of the spec that says most about it. */
function forVms(spec: HostSpec, devices: readonly PciDevice[]): ForVm[] {
  const { byName } = resolveDevices(spec.devices ?? {}, devices);
  const bound = spec.vfio?.devices ?? [];
  const isolated = spec.iommuGroups?.isolated ?? [];
  return [
    ...bound.map((name, index) => ({ name, specPath: ["vfio", "devices", index], at: "vfio.devices" })),
    ...isolated.flatMap((name, index) =>
      bound.includes(name)
        ? []
        : [{ name, specPath: ["iommuGroups", "isolated", index], at: "iommuGroups.isolated" }],
    ),
  ].flatMap(({ name, specPath, at }) => {
    const device = byName.get(name);
    return device === undefined ? [] : [{ device, specPath, address: `${at}.${name}` }];
  });
}

function neededByHost({ hostDevices }: HostState): Needed[] {
  return [...disks(hostDevices.disks), ...lastNetworkCards(hostDevices.networkCards)];
}

function disks(fact: HostState["hostDevices"]["disks"]): Needed[] {
  const held = new Map<string, string[]>();
  for (const { holds, addresses } of fact.known ? fact.value : []) {
    for (const address of addresses.known ? addresses.value : [])
      held.set(address, [...(held.get(address) ?? []), holds]);
  }
  return [...held].map(([address, places]) => ({
    addresses: [address],
    because: `holds ${inWords(places)}`,
  }));
}

/** Several ports of one card are one card; one that has no link does not replace one that has. */
function lastNetworkCards(fact: HostState["hostDevices"]["networkCards"]): Needed[] {
  if (!fact.known || fact.value.length === 0) return [];
  const oneCard = new Set(fact.value.map(({ address }) => slotAddress(address))).size === 1;
  const linked = oneCard ? fact.value.filter(({ state }) => state === "up") : [];
  const ports = linked.length > 0 ? linked : fact.value;
  const names = inWords(ports.map(({ name }) => name));
  return [
    {
      addresses: [...new Set(ports.map(({ address }) => address))],
      because: oneCard ? `is the only network card (${names})` : `are all network cards (${names})`,
    },
  ];
}

type Meeting =
  | { readonly kind: "is" }
  | { readonly kind: "shares"; readonly next: boolean; readonly groups: readonly number[] };

/** How a virtual machine that gets the device takes all of what is needed; `undefined` where it does not. */
function meeting(
  { functions }: NamedDevice,
  { addresses }: Needed,
  { groups, next }: JudgedGroups,
): Meeting | undefined {
  const isOwn = (address: string): boolean => functions.some((device) => device.address === address);
  const taken = groups.known ? groups.value.filter(({ devices }) => devices.some(isOwn)) : [];
  const others = addresses.filter((address) => !isOwn(address));
  if (others.length === 0) return { kind: "is" };
  if (!others.every((address) => taken.some(({ devices }) => devices.includes(address)))) return undefined;
  const shared = taken.filter(({ devices }) => others.some((address) => devices.includes(address)));
  return { kind: "shares", next, groups: shared.map(({ id }) => id) };
}

function complaint(
  { device, specPath, address }: ForVm,
  { addresses, because }: Needed,
  how: Meeting,
  all: readonly PciDevice[],
): Diagnostic {
  const who = inWords(addresses.map((one) => described(one, all)));
  const common = { severity: "error", code: "host-device-in-vm-group", specPath, address } as const;
  if (how.kind === "is") {
    return {
      ...common,
      summary: `${device.name} is ${who}, which ${because} of this host: a virtual machine cannot have it`,
      hint: "choose another device for the virtual machine",
    };
  }
  const [member] = device.functions;
  const what = member === undefined ? device.name : `${device.name} (${describeDevice(member)})`;
  const numbers = `IOMMU group${how.groups.length === 1 ? "" : "s"} ${inWords(how.groups.map(String))}`;
  const place = how.next ? "will be in one IOMMU group" : `is in ${numbers}`;
  return {
    ...common,
    summary: `${what} ${place} with ${who}, which ${because} of this host: a virtual machine gets the whole group`,
    hint: "choose another device for the virtual machine, or move one of the cards to another slot (hostcfg groups --separate tells which)",
  };
}

function described(address: string, devices: readonly PciDevice[]): string {
  const found = devices.find((device) => device.address === address);
  return found === undefined ? shortAddress(address) : describeDevice(found);
}
