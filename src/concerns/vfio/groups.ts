import { parseOption } from "../../cmdline.ts";
import type { Diagnostic, HostState, PciDevice } from "../../model/index.ts";
import { describeDevice, inWords } from "../../pci/describe.ts";
import { isHostDriver } from "../../pci/host-drivers.ts";
import { refusalByInterrupts } from "../../pci/interrupt-remapping.ts";
import { whyNoGroups } from "../../pci/iommu-off.ts";
import { isBridge, isNothingToGive } from "../../pci/kinds.ts";
import type { NamedDevice } from "../../pci/named-devices.ts";
import { resolveDevices } from "../../pci/named-devices.ts";
import { noIommuHere } from "../../pci/no-iommu.ts";
import { outsideOfGroups } from "../../pci/outside-groups.ts";
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
      ...(wanted.length === 0 ? [] : [...withoutIommu(state, judged, outlook), ...unmapped(state, outlook)]),
      ...wanted.flatMap((device) => inNoGroup(device, names.indexOf(device.name), judged, outlook)),
      ...notViable(wanted, names, judged, state.pci.value),
    ],
  };
};

/** No groups at all, in the boot that the plan leads to. What the firmware or a hypervisor lacks is told elsewhere. */
function withoutIommu(
  state: HostState,
  { groups, next }: JudgedGroups,
  { rebootNeeded, next: outlook }: Outlook,
): Diagnostic[] {
  if (!groups.known || groups.value.length > 0 || noIommuHere(state.iommu) !== undefined) return [];
  // Whether that boot has groups is a guess: then nothing is said.
  if (rebootNeeded && !next) return [];
  const predicted = next && outlook.known ? outlook.value.prediction.iommu : undefined;
  const why =
    predicted === undefined ? whyNoGroups(state) : predicted.state === "on" ? undefined : predicted.why;
  if (why === undefined) return [];
  return [
    {
      severity: "warning",
      code: "vfio-no-group",
      summary: `no device can be handed to a virtual machine${next ? " at the next boot" : ""} because there are no IOMMU groups: ${why}`,
      hint: "declare what switches the IOMMU on under kernelOptions, such as present: [intel_iommu=on] for Intel",
      specPath: ["vfio", "devices"],
    },
  ];
}

/** VFIO takes no device where interrupts are not remapped (drivers/vfio/vfio_iommu_type1.c; iommufd asks the same). */
function unmapped({ running, vfio }: HostState, { after }: Outlook): Diagnostic[] {
  const line = after.known ? after.value.options : running.cmdline.known ? running.cmdline.value : "";
  const option = refusalByInterrupts(line);
  if (option === undefined || vfio?.unsafeInterrupts === true) return [];
  return [
    {
      severity: "warning",
      code: "vfio-interrupts",
      summary: `with ${option} interrupts are not remapped, so VFIO refuses every device ("No interrupt remapping support")`,
      hint: `take it off the line: kernelOptions: { absent: [${parseOption(option).name}] }`,
      specPath: ["vfio", "devices"],
    },
  ];
}

function inNoGroup(
  { name, functions }: NamedDevice,
  index: number,
  { groups, next }: JudgedGroups,
  { rebootNeeded, next: outlook }: Outlook,
): Diagnostic[] {
  // Without any group there is no IOMMU, which is told elsewhere.
  if (!groups.known || groups.value.length === 0) return [];
  const lone = outsideOfGroups(functions, groups.value);
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
      hint: `${which.every(isIntelGraphics) ? "take options like intel_iommu=igfx_off off the line; else the" : "the"} firmware leaves this device out of its IOMMU's table, and only another slot or a firmware update helps`,
      specPath: ["vfio", "devices", index],
      address: `vfio.${name}`,
    },
  ];
}

function isIntelGraphics({ vendor, class: code }: PciDevice): boolean {
  return vendor === "8086" && code.startsWith("03");
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
      functions.some((one) => members.includes(one.address) && !isNothingToGive(one)),
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
        hint: inTheWay.some(isNothingToGive)
          ? "these are parts of the board that the host keeps; part them from the device (hostcfg groups --separate tells how)"
          : "bind these as well, under vfio.devices; or part them (hostcfg groups --separate tells how)",
        specPath: ["vfio", "devices", names.indexOf(first.name)],
        address: `vfio.${first.name}`,
      },
    ];
  });
}
