import type { MergeReason, PciDevice } from "../../model/index.ts";
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

/** What joins devices by their ids, whatever ports isolate. */
const SHARED_IDS: Readonly<Partial<Record<MergeReason["rule"], string>>> = {
  "conventional-bridge": "everything behind it speaks with its id",
  "real-dma-device": "everything behind it speaks with its id (Intel VMD)",
  "dma-alias": "shares its id with another device",
};

/** The ports and devices that keep something together, each with why. */
function causesIn(
  groups: Extract<GroupsReport["predicted"], { known: true }>["groups"],
): ReadonlyMap<string, string> {
  const causes = new Map<string, string>();
  for (const reason of groups.flatMap(({ reasons }) => reasons)) {
    if (reason.rule === "acs-climb") causes.set(reason.port, explainNo(reason.no));
    if (reason.rule === "slot-mates") {
      causes.set(reason.judged, explainNo(reason.no));
      causes.set(reason.joins, explainNo(reason.mateNo));
    }
    const shared = SHARED_IDS[reason.rule];
    if (shared !== undefined) causes.set(reason.joins, shared);
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
