import type { Diagnostic, Fact, HostState, IommuGroup, PciDevice, SpecPath } from "../model.ts";
import { shortAddress, slotAddress } from "../pci/address.ts";
import { describeDevice, inWords } from "../pci/describe.ts";
import { groupsForJudgement } from "../pci/groups-for-judgement.ts";
import type { NamedDevice } from "../pci/named-devices.ts";
import { resolveDevices } from "../pci/named-devices.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import type { Concern } from "./concern.ts";

/** A PCI device that the host cannot do without. */
interface Needed {
  readonly address: string;
  /** What the host has it for, e.g. `holds / and /boot/efi`. */
  readonly because: string;
}

interface ForVm {
  readonly device: NamedDevice;
  readonly specPath: SpecPath;
  readonly address: string;
}

/**
 * Keeps from a virtual machine what would take the host down with it: a device for a machine, be it bound to vfio-pci
 * or only isolated for it, must neither be nor share a group with the disk or the only network card of the host.
 */
export const vmDevices: Concern = ({ spec, state }) => {
  if (!state.pci.known) return {};
  const all = state.pci.value;
  const needed = neededByHost(state);
  const groups = groupsForJudgement(state);
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
  return [...disks(hostDevices.disks), ...onlyNetworkCard(hostDevices.networkCards)];
}

function disks(fact: HostState["hostDevices"]["disks"]): Needed[] {
  const held = new Map<string, string[]>();
  for (const { holds, addresses } of fact.known ? fact.value : []) {
    for (const address of addresses.known ? addresses.value : [])
      held.set(address, [...(held.get(address) ?? []), holds]);
  }
  return [...held].map(([address, places]) => ({ address, because: `holds ${inWords(places)}` }));
}

/** Several ports of one card are one card. */
function onlyNetworkCard(fact: HostState["hostDevices"]["networkCards"]): Needed[] {
  if (!fact.known) return [];
  const slots = new Set(fact.value.map(({ address }) => slotAddress(address)));
  if (slots.size !== 1) return [];
  const addresses = [...new Set(fact.value.map(({ address }) => address))];
  return addresses.map((address) => {
    const names = fact.value.filter((card) => card.address === address).map(({ name }) => name);
    return { address, because: `is the only network card (${inWords(names)})` };
  });
}

type Meeting = { readonly kind: "is" } | { readonly kind: "shares"; readonly group: number };

function meeting(
  { functions }: NamedDevice,
  { address }: Needed,
  groups: Fact<readonly IommuGroup[]>,
): Meeting | undefined {
  if (functions.some((device) => device.address === address)) return { kind: "is" };
  if (!groups.known) return undefined;
  const group = groups.value.find(({ devices }) => devices.includes(address));
  if (group === undefined || !functions.some((device) => group.devices.includes(device.address)))
    return undefined;
  return { kind: "shares", group: group.id };
}

function complaint(
  { device, specPath, address }: ForVm,
  needed: Needed,
  how: Meeting,
  all: readonly PciDevice[],
): Diagnostic {
  const found = all.find((one) => one.address === needed.address);
  const who = found === undefined ? shortAddress(needed.address) : describeDevice(found);
  const common = { severity: "error", code: "host-device-in-vm-group", specPath, address } as const;
  if (how.kind === "is") {
    return {
      ...common,
      summary: `${device.name} is ${who}, which ${needed.because} of this host: it cannot be a virtual machine's`,
      hint: "choose another device for the virtual machine",
    };
  }
  const [member] = device.functions;
  const what = member === undefined ? device.name : `${device.name} (${describeDevice(member)})`;
  return {
    ...common,
    summary: `${what} is in IOMMU group ${how.group} with ${who}, which ${needed.because} of this host: a virtual machine gets the whole group`,
    hint: "choose another device for the virtual machine, or move one of the two cards to another slot (hostcfg groups shows who shares a group)",
  };
}
