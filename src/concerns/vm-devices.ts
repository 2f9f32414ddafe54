import type { Diagnostic, HostState, PciDevice, SpecPath } from "../model/index.ts";
import { shortAddress } from "../pci/address.ts";
import { describeDevice, inWords } from "../pci/describe.ts";
import type { NamedDevice } from "../pci/named-devices.ts";
import { resolveDevices } from "../pci/named-devices.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import type { LateConcern } from "./concern.ts";
import { groupsForJudgement } from "./groups-for-judgement.ts";
import type { Use } from "./host-uses.ts";
import { diskUses, networkUses, unfollowedPlaces } from "./host-uses.ts";

interface ForVm {
  readonly device: NamedDevice;
  readonly specPath: SpecPath;
  readonly address: string;
}

/**
 * Keeps from a virtual machine what would take the host down with it, and says what else the host loses: a device for a
 * machine, be it bound to vfio-pci or only isolated for it, takes along all that shares its group.
 */
export const vmDevices: LateConcern = ({ spec, state, outlook }) => {
  if (!state.pci.known) return {};
  const all = state.pci.value;
  const { groups, next } = groupsForJudgement(state, outlook);
  const taken = forVms(spec, all).map((forVm): Taken => {
    const own = forVm.device.functions.map(({ address }) => address);
    const shared = (groups.known ? groups.value : []).filter(({ devices }) =>
      devices.some((address) => own.includes(address)),
    );
    return { forVm, own, shared, next };
  });
  const given = new Set(
    taken.flatMap(({ own, shared }) => [...own, ...shared.flatMap(({ devices }) => devices)]),
  );
  const disks = diskUses(state.hostDevices.disks);
  const network =
    spec.vfio?.hostNetworkReason === undefined ? networkUses(state.hostDevices.networkCards) : [];
  return {
    diagnostics: taken.flatMap((one) => {
      const found = disks.flatMap((use) => complaint(one, use, given, all));
      // One line is enough: that the card is in use does not add to it being the only one.
      const [ofNetwork] = network.flatMap((use) => complaint(one, use, given, all));
      return [
        ...found,
        ...unfollowed(one, state, given, all),
        ...(ofNetwork === undefined ? [] : [ofNetwork]),
      ];
    }),
  };
};

/** What a virtual machine takes from the host with one device. */
interface Taken {
  readonly forVm: ForVm;
  readonly own: readonly string[];
  readonly shared: readonly { readonly id: number; readonly devices: readonly string[] }[];
  /** The groups are those of the next boot, by prediction. */
  readonly next: boolean;
}

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

/** @param given All devices that virtual machines get by this spec. */
function complaint(
  { forVm, own, shared, next }: Taken,
  use: Use,
  given: ReadonlySet<string>,
  all: readonly PciDevice[],
): Diagnostic[] {
  const { addresses, because, severity } = use;
  const isShared = (address: string): boolean => shared.some(({ devices }) => devices.includes(address));
  const meets = addresses.some((address) => own.includes(address) || isShared(address));
  if (!meets || !addresses.every((address) => given.has(address))) return [];
  const { device, specPath, address } = forVm;
  const common = { severity, code: "host-device-in-vm-group", specPath, address } as const;
  const others = addresses.filter((one) => !own.includes(one));
  const who = inWords(addresses.map((one) => described(one, all)));
  if (others.length === 0)
    return [
      {
        ...common,
        summary: `${device.name} is ${who}, which ${because} of this host: ${severity === "error" ? "a virtual machine cannot have it" : "the host loses that"}`,
        hint: use.hint,
      },
    ];
  if (!others.every(isShared))
    return [
      {
        ...common,
        summary: `the devices for virtual machines take ${who}, which ${because} of this host`,
        hint: use.hint,
      },
    ];
  const [member] = device.functions;
  const what = member === undefined ? device.name : `${device.name} (${describeDevice(member)})`;
  const ids = shared
    .filter(({ devices }) => others.some((one) => devices.includes(one)))
    .map(({ id }) => String(id));
  const place = next
    ? "will be in one IOMMU group"
    : `is in IOMMU group${ids.length === 1 ? "" : "s"} ${inWords(ids)}`;
  return [
    {
      ...common,
      summary: `${what} ${place} with ${who}, which ${because} of this host: a virtual machine gets the whole group`,
      hint: "choose another device for the virtual machine, or move one of the cards to another slot (hostcfg groups --separate tells which)",
    },
  ];
}

/** Base class 01, SD card hosts and Fibre Channel. */
const STORAGE = /^(?:01|0805|0c04)/;

/** Where it cannot be seen what a place lies on, each disk controller may be the one. */
function unfollowed(
  { forVm, own, shared }: Taken,
  { hostDevices }: HostState,
  given: ReadonlySet<string>,
  all: readonly PciDevice[],
): Diagnostic[] {
  const places = unfollowedPlaces(hostDevices.disks);
  const storage = all.filter(({ class: code }) => STORAGE.test(code));
  const handed = storage.filter(
    ({ address }) => own.includes(address) || shared.some(({ devices }) => devices.includes(address)),
  );
  const [first] = places;
  if (first === undefined || handed.length === 0) return [];
  const only = storage.every(({ address }) => given.has(address));
  const who = `${forVm.device.name} takes ${inWords(handed.map(describeDevice))}`;
  const where = `what ${inWords(places.map(({ holds }) => holds))} ${places.length === 1 ? "lies" : "lie"} on cannot be seen: ${first.why}`;
  return [
    {
      severity: only ? "error" : "warning",
      code: "host-device-in-vm-group",
      summary: only
        ? `${who}, ${storage.length === 1 ? "the only disk controller" : "and no disk controller is left"} of this host; ${where}`
        : `${who}, and ${where}`,
      hint: only
        ? "leave a disk controller to the host"
        : `make sure that it is not on ${handed.length === 1 ? "that controller" : "those controllers"} (lsblk, zpool status -L)`,
      specPath: forVm.specPath,
      address: forVm.address,
    },
  ];
}

function described(address: string, devices: readonly PciDevice[]): string {
  const found = devices.find((device) => device.address === address);
  return found === undefined ? shortAddress(address) : describeDevice(found);
}
