import type { PciDevice } from "../../model/index.ts";
import { describeDevice } from "../../pci/describe.ts";
import { isBridge } from "../../pci/kinds.ts";
import type { GroupsReport, PredictedGroups } from "../../plan/groups.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { counted } from "./diagnostics.ts";
import { unknownText } from "./fact.ts";
import { answerLines } from "./groups-answer.ts";
import { groupLabels, sameGroups } from "./group-labels.ts";
import { treeLines } from "./pci-tree.ts";

/**
 * The groups of this boot, each with its devices, and the tree that they come from; where the next boot will make others,
 * both side by side. A question about two devices is answered alone.
 */
export function renderGroups(report: GroupsReport, style: Style): string {
  const answer = answerLines(report, style);
  if (answer !== undefined) return written(answer);
  const { current, predicted, devices } = report;
  const known = new Map(devices.known ? devices.value.map((device) => [device.address, device]) : []);
  return written([
    ...(devices.known ? [] : [text`PCI devices: ${unknownText(devices.why, style)}`, text``]),
    ...(differs(report) ? sideBySide(report, known, style) : listing(report, known, style)),
    text``,
    ...(current.known ? [verdict(report, known, style)] : []),
    ...(current.known && current.why !== undefined
      ? [text`${style.yellow("No groups")}: ${current.why}`]
      : []),
    ...predictionLines(report, style),
    ...(predicted.known && devices.known && devices.value.length > 0
      ? [text``, ...treeLines(devices.value, report, style)]
      : []),
  ]);
}

function differs({ current, predicted }: GroupsReport): boolean {
  if (!current.known || !predicted.known || current.groups.length === 0) return false;
  return !sameGroups(current.groups, predicted.groups);
}

function listing(report: GroupsReport, known: ReadonlyMap<string, PciDevice>, style: Style): TerminalText[] {
  const { current, predicted } = report;
  if (!current.known) return [text`IOMMU groups: ${unknownText(current.why, style)}`];
  const line = (address: string): TerminalText => deviceLine(address, known.get(address), style);
  const labels = groupLabels(report);
  if (current.groups.length === 0 && predicted.known && predicted.groups.length > 0)
    return predicted.groups.flatMap(({ devices }, index) => [
      style.bold(text`Predicted group ${labels[index] ?? ""}`),
      ...devices.map(line),
    ]);
  const outside = outsideOf(current.groups, known);
  return [
    ...current.groups.flatMap(({ id, devices: members }) => [
      style.bold(text`Group ${id}`),
      ...members.map(line),
    ]),
    ...(outside.length === 0 ? [] : [style.bold("In no group"), ...outside.map(line)]),
  ];
}

/** One line a device: the number of its group now, and the predicted group. */
function sideBySide(
  report: GroupsReport,
  known: ReadonlyMap<string, PciDevice>,
  style: Style,
): TerminalText[] {
  const { current, predicted } = report;
  if (!current.known || !predicted.known) return [];
  const labels = groupLabels(report);
  const now = new Map(current.groups.flatMap(({ id, devices }) => devices.map((one) => [one, id] as const)));
  const rows = predicted.groups.flatMap(({ devices }, index) =>
    devices.map((address) => ({ address, next: labels[index] ?? "" })),
  );
  const rest = predicted.ungrouped.map((address) => ({ address, next: "none" }));
  // Platform devices are in groups too, and no PCI rule says anything of them.
  const others = [...now.keys()].filter((one) => !known.has(one)).map((address) => ({ address, next: "?" }));
  return [
    style.bold(text`${"now".padEnd(6)}${"predicted".padEnd(11)}device`),
    ...[...rows, ...rest, ...others].map(({ address, next }) => {
      const number = now.get(address);
      const columns = `${(number === undefined ? "none" : String(number)).padEnd(6)}${next.padEnd(11)}`;
      return text`${columns}${deviceText(address, known.get(address), style)}`;
    }),
  ];
}

function deviceLine(address: string, device: PciDevice | undefined, style: Style): TerminalText {
  return text`  ${deviceText(address, device, style)}`;
}

/** Bridges are dimmed: they are part of nearly every group and never in the way. */
function deviceText(address: string, device: PciDevice | undefined, style: Style): TerminalText {
  if (device === undefined) return text`${address}`;
  const driver = device.driver === undefined ? "no driver" : `driver ${device.driver}`;
  const boot = device.bootVga === true ? text`, ${style.yellow("boot screen (boot_vga)")}` : text``;
  const line = text`${describeDevice(device)} (rev ${device.revision}): ${driver}${boot}`;
  return isBridge(device) ? style.dim(line) : line;
}

function outsideOf(
  groups: readonly { readonly devices: readonly string[] }[],
  known: ReadonlyMap<string, PciDevice>,
): readonly string[] {
  const grouped = new Set(groups.flatMap(({ devices }) => devices));
  return [...known.keys()].filter((address) => !grouped.has(address));
}

function verdict(
  { current }: GroupsReport,
  known: ReadonlyMap<string, PciDevice>,
  style: Style,
): TerminalText {
  const groups = current.known ? current.groups : [];
  const grouped = new Set(groups.flatMap(({ devices }) => devices)).size;
  const outside = outsideOf(groups, known).length;
  const rest = outside === 0 ? "" : `; ${counted(outside, "device")} in no group`;
  return style.bold(
    text`${counted(groups.length, "IOMMU group")}, ${counted(grouped, "device")} in them${rest}.`,
  );
}

function predictionLines(report: GroupsReport, style: Style): TerminalText[] {
  const { predicted, current } = report;
  if (!predicted.known) return [text`Prediction: ${unknownText(predicted.why, style)}`];
  const { options, optionsFrom, confidence, missing, iommu, groups } = predicted;
  const same = current.known && current.groups.length > 0 && !differs(report);
  const what = same ? "the same groups" : counted(groups.length, "group");
  const outcome = iommu.state === "off" ? text`no groups: ${iommu.why}` : text`${what}`;
  return [
    text`Predicted for the next boot: ${outcome} (${style.bold(confidence)})`,
    text`  options   ${options === "" ? "(none)" : options}`,
    text`            ${optionsFrom}`,
    ...overrideLines(predicted),
    ...(iommu.state === "unknown"
      ? [text`  IOMMU     ${unknownText(iommu.why, style)}; predicted as if it is on`]
      : []),
    ...missing.map((clause) => text`  missing   ${clause}`),
  ];
}

function overrideLines({
  acsOverride,
  acsOverrideEvidence,
  acsOverrideProven,
}: Extract<PredictedGroups, { known: true }>): TerminalText[] {
  if (acsOverrideEvidence.length === 0) return [];
  const carries = acsOverride === "assume" ? "carries" : "does not carry";
  const taken = acsOverrideProven
    ? `the kernel ${carries} the patch`
    : "whether the kernel carries the patch is unknown";
  return [text`  override  ${taken}`, ...acsOverrideEvidence.map((clause) => text`            ${clause}`)];
}
