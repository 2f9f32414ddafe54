import type { PciDevice } from "../../model/index.ts";
import { describeDevice } from "../../pci/describe.ts";
import { causesIn } from "../../pci/explain/causes.ts";
import { isBridge } from "../../pci/kinds.ts";
import type { GroupsReport, PredictedGroups } from "../../plan/groups.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { counted } from "./diagnostics.ts";
import { unknownText } from "./fact.ts";
import { answerLines } from "./groups-answer.ts";
import { groupLabels, sameGroups } from "./group-labels.ts";

/**
 * The groups of this boot, each with its devices: `->` marks a device that the next boot puts into another group, `!` what
 * keeps devices together. A question about two devices is answered alone.
 */
export function renderGroups(report: GroupsReport, style: Style): string {
  const answer = answerLines(report, style);
  if (answer !== undefined) return written(answer, style);
  const { current, devices } = report;
  const lines = [
    ...(devices.known ? [] : [text`PCI devices: ${unknownText(devices.why, style)}`, text``]),
    ...listing(report, style),
    text``,
    ...(current.known ? [verdict(report, style)] : []),
    ...(current.known && current.why !== undefined
      ? [text`${style.yellow("No groups")}: ${current.why}`.wrapped(2)]
      : []),
    ...predictionLines(report, style),
  ];
  return written(lines, style);
}

function differs({ current, predicted }: GroupsReport): boolean {
  if (!current.known || !predicted.known || current.groups.length === 0) return false;
  return !sameGroups(current.groups, predicted.groups);
}

interface Listed {
  readonly title: string;
  readonly devices: readonly string[];
}

/** Group by group, and what is in none. */
function listing(report: GroupsReport, style: Style): TerminalText[] {
  const { current, predicted, devices } = report;
  if (!current.known) return [text`IOMMU groups: ${unknownText(current.why, style)}`];
  const known = new Map(devices.known ? devices.value.map((device) => [device.address, device]) : []);
  const labels = groupLabels(report);
  const fresh = current.groups.length === 0 && predicted.known;
  const groups: readonly Listed[] = fresh
    ? predicted.groups.map((group, index) => ({
        title: `Predicted group ${labels[index] ?? ""}`,
        devices: group.devices,
      }))
    : current.groups.map((group) => ({ title: `Group ${group.id}`, devices: group.devices }));
  const grouped = new Set(groups.flatMap((group) => group.devices));
  const outside = [...known.keys()].filter((address) => !grouped.has(address));
  const causes = causesIn(predicted.known ? predicted.groups : []);
  const moves = movesOf(report);
  const column = moves === undefined ? 0 : widest(moves) + "->   ".length;
  return [
    ...groups,
    ...(outside.length === 0 || (fresh && groups.length === 0)
      ? []
      : [{ title: "In no group", devices: outside }]),
  ].flatMap(({ title, devices: members }) => [
    style.bold(title),
    ...inTreeOrder(members, known).flatMap(({ address, depth }) => {
      const to = moves?.get(address);
      const mark = (to === undefined ? "" : `-> ${to}`).padEnd(column);
      const indent = "  ".repeat(depth);
      const device = text`  ${style.yellow(mark)}${indent}${deviceText(address, known.get(address), style)}`;
      return withCause(device, causes.get(address), 2 + column + indent.length + 2, style);
    }),
  ]);
}

/** Device -> its group at the next boot, where that is another one; undefined where all stay. */
function movesOf(report: GroupsReport): ReadonlyMap<string, string> | undefined {
  const { current, predicted } = report;
  if (!differs(report) || !current.known || !predicted.known) return undefined;
  const labels = groupLabels(report);
  const next = new Map(
    predicted.groups.flatMap(({ devices }, index) =>
      devices.map((one) => [one, labels[index] ?? ""] as const),
    ),
  );
  const now = new Map(
    current.groups.flatMap(({ id, devices }) => devices.map((one) => [one, String(id)] as const)),
  );
  const none = predicted.ungrouped.filter((one) => now.has(one)).map((one) => [one, "none"] as const);
  return new Map([...[...next].filter(([one, label]) => now.get(one) !== label), ...none]);
}

function widest(moves: ReadonlyMap<string, string>): number {
  return Math.max(0, ...[...moves.values()].map((label) => label.length));
}

/** A device stands below the bridge that it is behind, where that is in the same group. */
function inTreeOrder(
  members: readonly string[],
  known: ReadonlyMap<string, PciDevice>,
): readonly { readonly address: string; readonly depth: number }[] {
  const paths = members.map((address) => ({ address, path: known.get(address)?.path ?? address }));
  return [...paths]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ address, path }) => ({
      address,
      depth: paths.filter((other) => path.startsWith(`${other.path}/`)).length,
    }));
}

/** Behind the device where it fits, else below it. */
function withCause(
  device: TerminalText,
  cause: string | undefined,
  hang: number,
  style: Style,
): readonly TerminalText[] {
  if (cause === undefined) return [device.wrapped(hang)];
  const marked = style.yellow(text`! ${cause}`);
  const whole = text`${device}  ${marked}`;
  if (whole.width <= (style.columns ?? Infinity)) return [whole];
  return [device, text`${" ".repeat(hang)}${marked}`].map((line) => line.wrapped(hang));
}

/** Bridges are dimmed: they are part of nearly every group and never in the way. */
function deviceText(address: string, device: PciDevice | undefined, style: Style): TerminalText {
  if (device === undefined) return text`${address}`;
  const driver = device.driver === undefined ? "no driver" : `driver ${device.driver}`;
  const boot = device.bootVga === true ? text`, ${style.yellow("boot screen (boot_vga)")}` : text``;
  const line = text`${describeDevice(device)} (rev ${device.revision}): ${driver}${boot}`;
  return isBridge(device) ? style.dim(line) : line;
}

function verdict({ current, devices }: GroupsReport, style: Style): TerminalText {
  const groups = current.known ? current.groups : [];
  const grouped = new Set(groups.flatMap((group) => group.devices));
  const outside = devices.known ? devices.value.filter(({ address }) => !grouped.has(address)).length : 0;
  const rest = outside === 0 ? "" : `; ${counted(outside, "device")} in no group`;
  return style.bold(
    text`${counted(groups.length, "IOMMU group")}, ${counted(grouped.size, "device")} in them${rest}.`,
  );
}

function predictionLines(report: GroupsReport, style: Style): TerminalText[] {
  const { predicted, current } = report;
  if (!predicted.known) return [text`Prediction: ${unknownText(predicted.why, style)}`.wrapped(2)];
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
    ...([...(movesOf(report)?.values() ?? [])].some((label) => label.startsWith("#"))
      ? [text`  #1, #2 …  a group of the next boot, whose number is not known yet`]
      : []),
  ].map((line) => line.wrapped("  options   ".length));
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
