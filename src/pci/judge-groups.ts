import type { IommuGroup, PciDevice, Requirement } from "../model/index.ts";
import { compareAddresses } from "./address.ts";
import { describeDevice, inWords } from "./describe.ts";
import { isBridge } from "./kinds.ts";
import type { NamedDevice } from "./named-devices.ts";
import { outsideOfGroups, whyOutside } from "./outside-groups.ts";

/** A requirement but for where it stands in the spec. */
export type Verdict = Omit<Requirement, "address">;

export interface Grouping {
  readonly groups: readonly IommuGroup[];
  readonly devices: readonly PciDevice[];
  /** The options of the boot that has these groups, where they are known. */
  readonly line?: string;
}

/** No two of these devices, each in a slot of its own, may be in one group, be it with one function only. */
export function judgeSeparate(devices: readonly NamedDevice[], { groups, line }: Grouping): Verdict {
  const outside = devices.flatMap((device) => {
    const functions = outsideOfGroups(device.functions, groups);
    return functions.length === 0 ? [] : [{ device, functions }];
  });
  const shared = groups
    .map((group) => ({ group, members: devices.filter((device) => inGroup(device, group).length > 0) }))
    .filter(({ members }) => members.length > 1);
  if (outside.length > 0) {
    const reasons = [
      ...outside.map(({ device, functions }) => whyOutside(device.name, functions, line)),
      ...shared.map(({ group, members }) => togetherIn(group, members)),
    ];
    const offenders = outside
      .flatMap(({ functions }) => functions.map(({ address }) => address))
      .toSorted(compareAddresses);
    return { status: "unsatisfied", reason: reasons.join("; "), offenders };
  }
  if (shared.length === 0) {
    const places = devices.map((device) => `${device.name} is in ${placeOf(device, groups)}`);
    return { status: "satisfied", reason: inWords(places), offenders: [] };
  }
  return {
    status: "unsatisfied",
    reason: shared.map(({ group, members }) => togetherIn(group, members)).join("; "),
    offenders: shared
      .flatMap(({ group, members }) => members.flatMap((device) => inGroup(device, group)))
      .map((device) => device.address)
      .sort(compareAddresses),
  };
}

/**
 * Every group of the device may hold those of its functions that the spec speaks of, and bridges, but nothing else: what
 * the spec leaves out stays with the host. A function without a group is not isolated: no IOMMU stands between it and memory.
 */
export function judgeIsolated(device: NamedDevice, grouping: Grouping): Verdict {
  const grouped = grouping.groups.filter((group) => inGroup(device, group).length > 0);
  const free = device.functions.filter(
    ({ address }) => !grouped.some((group) => group.devices.includes(address)),
  );
  const crowds = grouped
    .map((group) => ({ group, strangers: strangersTo(device, group, grouping.devices) }))
    .filter(({ strangers }) => strangers.length > 0);
  if (free.length === 0 && crowds.length === 0) {
    const reason = `${device.name} is in ${placeOf(device, grouped)}, with nothing else but ${device.functions.length < device.slot.functions.length ? "the functions named" : "its own slot"} and bridges`;
    return { status: "satisfied", reason, offenders: [] };
  }
  const reasons = [
    ...(free.length === 0 ? [] : [whyOutside(device.name, free, grouping.line)]),
    ...crowds.map(({ group, strangers }) => {
      const others = strangers.map((address) => describeMember(address, grouping.devices));
      return `${nameIn(group, device)} shares IOMMU group ${group.id} with ${inWords(others)}`;
    }),
  ];
  const offenders = crowds.flatMap(({ strangers }) => strangers).sort(compareAddresses);
  return { status: "unsatisfied", reason: reasons.join("; "), offenders };
}

function inGroup(device: NamedDevice, group: IommuGroup): PciDevice[] {
  return device.functions.filter(({ address }) => group.devices.includes(address));
}

function strangersTo(device: NamedDevice, group: IommuGroup, devices: readonly PciDevice[]): string[] {
  return group.devices.filter((address) => {
    if (device.functions.some((one) => one.address === address)) return false;
    const member = find(address, devices);
    return member === undefined || !isBridge(member);
  });
}

/** A group may also hold what is no PCI device (platform devices): such a member has a name, not an address. */
function describeMember(address: string, devices: readonly PciDevice[]): string {
  const member = find(address, devices);
  return member === undefined ? address : describeDevice(member);
}

function find(address: string, devices: readonly PciDevice[]): PciDevice | undefined {
  return devices.find((device) => device.address === address);
}

/** `host-gpu (0c:00.0 …) and vm-gpu (0d:00.0 …) are both in IOMMU group 30`. */
function togetherIn(group: IommuGroup, members: readonly NamedDevice[]): string {
  const who = inWords(members.map((device) => nameIn(group, device)));
  return `${who} are ${members.length === 2 ? "both" : "all"} in IOMMU group ${group.id}`;
}

/** The device's name with the first of its functions in that group. */
function nameIn(group: IommuGroup, device: NamedDevice): string {
  const [member] = inGroup(device, group);
  return member === undefined ? device.name : `${device.name} (${describeDevice(member)})`;
}

function placeOf(device: NamedDevice, groups: readonly IommuGroup[]): string {
  const ids = groups.filter((group) => inGroup(device, group).length > 0).map((group) => `${group.id}`);
  if (ids.length === 0) return "no IOMMU group";
  return `IOMMU group${ids.length === 1 ? "" : "s"} ${inWords(ids)}`;
}
