import { attemptIfRecorded } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import { bootsNext } from "../boot/check.ts";
import { chooseLoader } from "../boot/choose.ts";
import { parseOption, splitLine } from "../cmdline.ts";
import type { HostState, NextBoot, PciDevice } from "../model/index.ts";
import { functionNumber, shortAddress, slotAddress } from "../pci/address.ts";
import { describeDevice } from "../pci/describe.ts";
import { isBridge } from "../pci/kinds.ts";
import { namer } from "../pci/explain/names.ts";
import type { Separation } from "../pci/explain/ways-apart.ts";
import { waysApart } from "../pci/explain/ways-apart.ts";
import { isOneCard } from "../pci/one-card.ts";
import { resolveSelector } from "../pci/selectors.ts";
import type { PciSlot } from "../pci/slots.ts";
import { slotsOf } from "../pci/slots.ts";
import { suggestSelector } from "../pci/suggest-selector.ts";
import type { DeviceSelector } from "../spec/host-spec.gen.ts";

/** A part of the spec that says what the host is already. */
export type FirstPart = "kernel" | "kernelOptions" | "bootSymlinks";

export interface FirstQuestion {
  readonly state: HostState;
  /** The links in /boot that are there, with their targets as written. */
  readonly links: Readonly<Record<string, string>>;
  /** Addresses of the devices for a virtual machine: `0d:00`, or `0d:00.0` for one function. */
  readonly forVm: readonly string[];
  /** Parts that would change the host, each with the reason: they become comments. */
  readonly later: ReadonlyMap<FirstPart, string>;
}

/** The links that a spec may declare. */
const LINKS = ["/boot/vmlinuz", "/boot/initrd.img", "/vmlinuz", "/initrd.img"];

/** Those that are there; a capture that was not asked knows of none. */
export function firstLinks(reader: Reader): FirstQuestion["links"] {
  return Object.fromEntries(
    LINKS.flatMap((path) => {
      const target = attemptIfRecorded(path, () => reader.readLink(path));
      return target.known ? [[path, target.value] as const] : [];
    }),
  );
}

/**
 * A first spec of a host, to be read and kept in version control: what boots, the options beyond the installer's, the
 * links, the cards by what stays the same, and for a virtual machine what hands its devices over. Pure.
 */
export function firstSpec(question: FirstQuestion): string {
  const { state, forVm } = question;
  const { hostname } = state.identity;
  const next = bootsNext(state, chooseLoader(state.bootLoader, undefined));
  const boot = next.known ? next.value : undefined;
  const cards = cardsOf(state, forVm);
  const needs = forVm.length === 0 ? undefined : needsOf(state, cards, boot);
  return [
    `# What this host is, as "hostcfg init" found it. See what it would change: hostcfg plan`,
    "apiVersion: hostcfg/v1",
    ...(hostname.known ? [`hostname: ${scalar(hostname.value)}`] : []),
    ...part(question, "kernel", "The kernel that boots, whatever newer ones come.", kernelLines(boot)),
    ...part(
      question,
      "kernelOptions",
      "Options of the kernel beyond those of the installer (root=, ro, quiet).",
      optionLines(question, boot, needs),
    ),
    ...part(question, "bootSymlinks", "The links that name the kernel.", linkLines(question)),
    ...deviceLines(cards),
    ...vmLines(cards, needs),
    "",
  ].join("\n");
}

function part(
  { later }: FirstQuestion,
  name: FirstPart,
  about: string,
  lines: readonly string[],
): readonly string[] {
  if (lines.length === 0) return [];
  const why = later.get(name);
  const head = ["", `# ${about}`];
  return why === undefined
    ? [...head, `${name}:`, ...lines]
    : [...head, `# Not so yet: ${oneLine(why)}`, `# ${name}:`, ...lines.map((line) => `# ${line}`)];
}

function kernelLines(boot: NextBoot | undefined): string[] {
  return boot?.release.known === true ? [`  release: ${scalar(boot.release.value)}`] : [];
}

/** What installers write, or loaders and the initrd need to find the root file system. */
const INSTALLERS =
  /^(?:root|rootflags|rootfstype|ro|rw|quiet|splash|initrd|BOOT_IMAGE|boot|resume|resume_offset|crashkernel|cryptdevice|zfs|vt\.handoff|systemd\.machine_id|rd\..*|---?)$/;

function optionLines(
  { state: { addedOptions } }: FirstQuestion,
  boot: NextBoot | undefined,
  needs: Needs | undefined,
): string[] {
  const own = new Set(addedOptions.known ? addedOptions.value.options : []);
  const there = splitLine(boot?.options ?? "").filter((option) => !INSTALLERS.test(parseOption(option).name));
  const more = (needs?.options ?? []).filter((option) => !there.includes(option));
  const lines = [
    ...there.map((option) => `    - ${scalar(option)}${own.has(option) ? " # added by hostcfg" : ""}`),
    ...more.map((option) => `    - ${scalar(option)} # for the virtual machine`),
    ...(needs?.override === undefined
      ? []
      : [
          `    # - ${scalar(needs.override)} # would part them, and gives isolation up: needs a patched kernel and`,
          "    #   iommuGroups.acsOverrideReason",
        ]),
  ];
  return lines.length === 0 ? [] : ["  present:", ...lines];
}

function linkLines({ links }: FirstQuestion): string[] {
  return Object.entries(links).map(([path, target]) => `  ${scalar(path)}: ${scalar(target)}`);
}

// --- Cards ---------------------------------------------------------------------------------------------------

interface Card {
  readonly name: string;
  readonly selector: DeviceSelector;
  readonly functions: readonly PciDevice[];
  readonly forVm: boolean;
}

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

function cardsOf({ pci }: HostState, forVm: readonly string[]): readonly Card[] {
  const devices = pci.known ? pci.value : [];
  const wanted = forVm.flatMap((address) => {
    const found = resolveSelector({ address }, devices);
    if (found.kind !== "one") return [];
    const { slot } = found;
    const digit = /\.[0-7]$/.exec(address)?.[0].slice(1);
    const named =
      digit === undefined
        ? slot.functions
        : slot.functions.filter((one) => functionNumber(one.address) === Number(digit));
    return [{ slot, functions: isOneCard(slot, named) ? slot.functions : named, forVm: true }];
  });
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

/** Of a slot of the chipset or the processor, only what makes it worth a name. */
function ofKind(slot: PciSlot): readonly PciDevice[] {
  const kind = kindOf(slot.functions, KINDS);
  const named = slot.functions.filter((one) => kindOf([one], KINDS) === kind);
  return isOneCard(slot, named) ? slot.functions : named;
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

function deviceLines(cards: readonly Card[]): string[] {
  if (cards.length === 0) return [];
  return [
    "",
    "# The cards of this host, by what stays the same when others are added.",
    "devices:",
    ...cards.flatMap(({ name, selector, functions }) => [
      ...functions.map((one) => `  # ${oneLine(described(one))}`),
      `  ${name}: ${flow(selector)}`,
    ]),
  ];
}

function described(device: PciDevice): string {
  const { driver, iommuGroup, bootVga } = device;
  return [
    describeDevice(device),
    ...(driver === undefined ? [] : [`driver ${driver}`]),
    ...(iommuGroup === undefined ? [] : [`IOMMU group ${iommuGroup}`]),
    ...(bootVga === true ? ["shows the boot screen"] : []),
  ].join(", ");
}

// --- A virtual machine ---------------------------------------------------------------------------------------

/** What its devices need besides being bound. */
interface Needs {
  readonly options: readonly string[];
  readonly override?: string;
  /** Other ways, in the imperative. */
  readonly ways: readonly string[];
}

function hostDisplay(cards: readonly Card[]): Card | undefined {
  const displays = cards.filter(({ forVm, name }) => !forVm && name.startsWith("gpu"));
  return displays.find(({ functions }) => functions.some(({ bootVga }) => bootVga === true)) ?? displays[0];
}

function needsOf(state: HostState, cards: readonly Card[], boot: NextBoot | undefined): Needs {
  const { pci, iommu, running } = state;
  const devices = pci.known ? pci.value : [];
  const line = boot?.options ?? (running.cmdline.known ? running.cmdline.value : "");
  const release = boot?.release.known === true ? { kernelRelease: boot.release.value } : {};
  const question = {
    facts: { devices, iommu, running },
    boot: { options: line, acsOverride: "absent" as const, ...release },
    name: namer(devices),
  };
  const host = hostDisplay(cards)?.functions ?? [];
  const mates = (functions: readonly PciDevice[]): readonly PciDevice[] =>
    devices.filter(
      (one) =>
        one.iommuGroup !== undefined &&
        !isBridge(one) &&
        !functions.includes(one) &&
        functions.some(({ iommuGroup }) => iommuGroup === one.iommuGroup),
    );
  const addresses = (functions: readonly PciDevice[]): string[] => functions.map(({ address }) => address);
  const answers = cards
    .filter(({ forVm }) => forVm)
    .flatMap(({ functions }): Separation[] => {
      const shared = mates(functions);
      return [host, ...(shared.length === 0 ? [] : [shared])].map((others) =>
        waysApart(question, addresses(functions), addresses(others)),
      );
    });
  const present = splitLine(line);
  const options = answers.flatMap(({ switchOn }) => splitLine(switchOn?.options ?? ""));
  const ways = answers.flatMap(({ apart, switchOn, ways: all }) =>
    apart || switchOn?.apart === true ? [] : all,
  );
  const override = ways.find(({ kind }) => kind === "override")?.option;
  return {
    options: [...new Set(options.filter((option) => !present.includes(option)))],
    ...(override === undefined ? {} : { override }),
    ways: [...new Set(ways.filter(({ kind }) => kind !== "override").map(({ what }) => what))],
  };
}

function vmLines(cards: readonly Card[], needs: Needs | undefined): string[] {
  const vms = cards.filter(({ forVm }) => forVm).map(({ name }) => name);
  if (vms.length === 0) return [];
  const host = hostDisplay(cards);
  return [
    "",
    "# Bound to vfio-pci from boot on, for a virtual machine.",
    "vfio:",
    `  devices: [${vms.join(", ")}]`,
    "",
    "# A virtual machine gets the whole group of its devices.",
    ...(needs?.ways ?? []).map((way) => `# What may help: ${oneLine(way)}`),
    "iommuGroups:",
    ...(host === undefined ? [] : ["  separate:", ...vms.map((name) => `    - [${host.name}, ${name}]`)]),
    `  isolated: [${vms.join(", ")}]`,
  ];
}

// --- YAML ----------------------------------------------------------------------------------------------------

/** Plain where YAML takes it for a text, else in double quotes. */
function scalar(value: string): string {
  return /^[A-Za-z/][A-Za-z0-9_./=,+-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

function flow(selector: DeviceSelector): string {
  const items = Object.entries(selector).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `{ ${items.join(", ")} }`;
}

/** A comment is one line, whatever a data base of names holds. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
