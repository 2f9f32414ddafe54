import type { AcsNo, PciDevice } from "../../model.ts";
import { compareAddresses, shortAddress } from "../../pci/address.ts";
import { describeDevice } from "../../pci/describe.ts";
import { explainNo } from "../../pci/explain/reasons.ts";
import { isBridge } from "../../pci/kinds.ts";
import type { GroupsReport } from "../../plan/groups.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";
import { groupLabels } from "./group-labels.ts";

interface Branch {
  readonly device: PciDevice;
  readonly below: Branch[];
}

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
    const mark = cause === undefined ? text`` : style.yellow(text`  ! ${explainNo(cause)}`);
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

/** The ports and devices that answer no where something was merged, each with why. */
function causesIn(
  groups: Extract<GroupsReport["predicted"], { known: true }>["groups"],
): ReadonlyMap<string, AcsNo> {
  const causes = new Map<string, AcsNo>();
  for (const reason of groups.flatMap(({ reasons }) => reasons)) {
    if (reason.rule === "acs-climb") causes.set(reason.port, reason.no);
    if (reason.rule === "slot-mates") {
      causes.set(reason.judged, reason.no);
      causes.set(reason.joins, reason.mateNo);
    }
  }
  return causes;
}

/** By the sysfs paths: what stands below another device's path is behind it. */
function rootBuses(devices: readonly PciDevice[]): ReadonlyMap<string, readonly Branch[]> {
  const inOrder = [...devices].sort((a, b) => compareAddresses(a.address, b.address));
  const branches = new Map<string, Branch>(inOrder.map((device) => [device.path, { device, below: [] }]));
  const roots = new Map<string, Branch[]>();
  for (const branch of branches.values()) {
    const parent = branches.get(branch.device.path.slice(0, branch.device.path.lastIndexOf("/")));
    if (parent !== undefined) {
      parent.below.push(branch);
      continue;
    }
    const bus = branch.device.address.slice(0, branch.device.address.lastIndexOf(":"));
    roots.set(bus, [...(roots.get(bus) ?? []), branch]);
  }
  return roots;
}
