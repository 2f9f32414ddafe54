import type { Diagnostic, PciDevice } from "../../model/index.ts";
import { describeDevice, inWords } from "../../pci/describe.ts";
import { isHostDriver } from "../../pci/host-drivers.ts";
import { isBridge } from "../../pci/kinds.ts";
import type { NamedDevice } from "../../pci/named-devices.ts";
import { resolveDevices } from "../../pci/named-devices.ts";
import { vmdBefore } from "../../pci/vmd.ts";
import type { LateConcern } from "../concern.ts";
import type { JudgedGroups } from "../groups-for-judgement.ts";
import { groupsForJudgement } from "../groups-for-judgement.ts";
import type { Outlook } from "../outlook.ts";

/**
 * Whether a virtual machine can open the groups of the devices that are to be bound, in the boot that the plan leads to:
 * each must be in a group, and the group must hold nothing that a driver of the host has (drivers/vfio, "group is not
 * viable").
 */
export const vfioGroups: LateConcern = ({ spec, state, outlook }) => {
  const names = spec.vfio?.devices ?? [];
  if (names.length === 0 || !state.pci.known) return {};
  const { byName } = resolveDevices(spec.devices ?? {}, state.pci.value);
  // What is behind VMD cannot be given whatever its group is, and is told as that.
  const wanted = names
    .flatMap((name) => byName.get(name) ?? [])
    .filter(({ functions }) => !functions.some((one) => vmdBefore(one) !== undefined));
  const judged = groupsForJudgement(state, outlook);
  return {
    diagnostics: [
      ...wanted.flatMap((device) => inNoGroup(device, names.indexOf(device.name), judged, outlook)),
      ...notViable(wanted, names, judged, state.pci.value),
    ],
  };
};

function inNoGroup(
  { name, functions }: NamedDevice,
  index: number,
  { groups, next }: JudgedGroups,
  { rebootNeeded, next: outlook }: Outlook,
): Diagnostic[] {
  // Without any group there is no IOMMU, which is told elsewhere.
  if (!groups.known || groups.value.length === 0) return [];
  const grouped = new Set(groups.value.flatMap(({ devices }) => devices));
  const lone = functions.filter((one) => !isBridge(one) && !grouped.has(one.address));
  const guessed = rebootNeeded && !next && outlook.known ? outlook.value.prediction.ungrouped : [];
  const maybe = functions.filter((one) => !isBridge(one) && guessed.includes(one.address));
  if (lone.length === 0 && maybe.length === 0) return [];
  const which = lone.length > 0 ? lone : maybe;
  const place = lone.length === 0 ? "will probably be in no" : next ? "will be in no" : "is in no";
  return [
    {
      severity: lone.length === 0 ? "warning" : "error",
      code: "vfio-no-group",
      summary: `${name} (${inWords(which.map(describeDevice))}) ${place} IOMMU group, although others are: no IOMMU stands before it, so vfio-pci cannot take it`,
      hint: "take options like intel_iommu=igfx_off off the line; else the firmware leaves this device out of its IOMMU's table, and only another slot or a firmware update helps",
      specPath: ["vfio", "devices", index],
      address: `vfio.${name}`,
    },
  ];
}

/** One finding for each group, whatever number of names are in it. */
function notViable(
  wanted: readonly NamedDevice[],
  names: readonly string[],
  { groups, next }: JudgedGroups,
  all: readonly PciDevice[],
): Diagnostic[] {
  const given = new Set(wanted.flatMap(({ functions }) => functions.map(({ address }) => address)));
  return (groups.known ? groups.value : []).flatMap(({ id, devices: members }): Diagnostic[] => {
    const inside = wanted.filter(({ functions }) =>
      functions.some(({ address }) => members.includes(address)),
    );
    const [first] = inside;
    if (first === undefined) return [];
    const inTheWay = all.filter(
      (one) =>
        members.includes(one.address) &&
        !given.has(one.address) &&
        !isBridge(one) &&
        one.driver !== undefined &&
        isHostDriver(one.driver),
    );
    if (inTheWay.length === 0) return [];
    const who = inWords(inside.map(({ name }) => name));
    const are = inside.length === 1 ? "is" : "are";
    const place = next ? "will be in one IOMMU group" : `${are} in IOMMU group ${id}`;
    const others = inWords(inTheWay.map((one) => `${describeDevice(one)} (driver ${one.driver ?? ""})`));
    return [
      {
        severity: "warning",
        code: "vfio-group-not-viable",
        summary: `${who} ${place} with ${others}, which the plan leaves to the host: no virtual machine can open the group while that is so`,
        hint: "bind these as well, under vfio.devices; or part them (hostcfg groups --separate tells how)",
        specPath: ["vfio", "devices", names.indexOf(first.name)],
        address: `vfio.${first.name}`,
      },
    ];
  });
}
