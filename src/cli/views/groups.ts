import type { PciDevice } from "../../model.ts";
import { describeDevice } from "../../pci/describe.ts";
import type { GroupsReport } from "../../pci/groups-report.ts";
import { isBridge } from "../../pci/kinds.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { counted } from "./diagnostics.ts";
import { unknownText } from "./fact.ts";

/** The groups of this boot, each with its devices; then the devices that no group holds. */
export function renderGroups(report: GroupsReport, style: Style): string {
  const { current, devices } = report;
  if (!current.known) return written([text`IOMMU groups: ${unknownText(current.why, style)}`]);
  const known = new Map(devices.known ? devices.value.map((device) => [device.address, device]) : []);
  const grouped = new Set(current.groups.flatMap((group) => group.devices));
  const outside = [...known.keys()].filter((address) => !grouped.has(address));
  const line = (address: string): TerminalText => deviceLine(address, known.get(address), style);
  return written([
    ...(devices.known ? [] : [text`PCI devices: ${unknownText(devices.why, style)}`, text``]),
    ...current.groups.flatMap(({ id, devices: members }) => [
      style.bold(text`Group ${id}`),
      ...members.map(line),
    ]),
    ...(outside.length === 0 ? [] : [style.bold("In no group"), ...outside.map(line)]),
    ...(grouped.size + outside.length === 0 ? [] : [text``]),
    style.bold(verdict(current.groups.length, grouped.size, outside.length)),
    ...(current.why === undefined ? [] : [text`${style.yellow("No groups")}: ${current.why}`]),
  ]);
}

/** Bridges are dimmed: they are part of nearly every group and never in the way. */
function deviceLine(address: string, device: PciDevice | undefined, style: Style): TerminalText {
  if (device === undefined) return text`  ${address}`;
  const driver = device.driver === undefined ? "no driver" : `driver ${device.driver}`;
  const boot = device.bootVga === true ? text`, ${style.yellow("boot screen (boot_vga)")}` : text``;
  const line = text`  ${describeDevice(device)} (rev ${device.revision}): ${driver}${boot}`;
  return isBridge(device) ? style.dim(line) : line;
}

function verdict(groups: number, grouped: number, outside: number): string {
  const rest = outside === 0 ? "" : `; ${counted(outside, "device")} in no group`;
  return `${counted(groups, "IOMMU group")}, ${counted(grouped, "device")} in them${rest}.`;
}
