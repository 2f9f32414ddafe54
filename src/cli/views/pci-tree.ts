import type { PciDevice } from "../../model/index.ts";
import { shortAddress } from "../../pci/address.ts";
import { describeDevice } from "../../pci/describe.ts";
import { causesIn } from "../../pci/explain/causes.ts";
import { isBridge } from "../../pci/kinds.ts";
import type { Branch } from "../../pci/tree.ts";
import { rootBuses } from "../../pci/tree.ts";
import type { GroupsReport } from "../../plan/groups.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";
import { groupLabels } from "./group-labels.ts";

/**
 * The PCI tree, a line a device with its group (the predicted one), and a mark on each port that is the cause of what is
 * together below it.
 */
export function treeLines(devices: readonly PciDevice[], report: GroupsReport, style: Style): TerminalText[] {
  const { predicted } = report;
  if (!predicted.known) return [];
  const labels = groupLabels(report);
  const groupOf = new Map(
    predicted.groups.flatMap(({ devices: members }, index) =>
      members.map((one) => [one, labels[index] ?? ""] as const),
    ),
  );
  const causes = causesIn(predicted.groups);
  const lines: TerminalText[] = [
    style.bold("The tree, with the predicted groups; ! marks what keeps devices together"),
  ];
  const draw = ({ device, below }: Branch, indent: string, last: boolean): void => {
    const cause = causes.get(device.address);
    const mark = cause === undefined ? text`` : style.yellow(text`  ! ${cause}`);
    const line = text`${indent}${last ? "└─ " : "├─ "}[${groupOf.get(device.address) ?? "none"}] ${describeDevice(device)}${mark}`;
    lines.push(isBridge(device) && cause === undefined ? style.dim(line) : line);
    below.forEach((one, at) => {
      draw(one, `${indent}${last ? "   " : "│  "}`, at === below.length - 1);
    });
  };
  for (const [bus, branches] of rootBuses(devices)) {
    lines.push(text`${shortAddress(bus)}`);
    branches.forEach((one, at) => {
      draw(one, "", at === branches.length - 1);
    });
  }
  return lines;
}
