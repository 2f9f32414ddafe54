import { shortAddress } from "../../pci/address.ts";
import { inWords } from "../../pci/describe.ts";
import type { Separation, WayApart } from "../../pci/explain/ways-apart.ts";
import type { GroupsReport, WhyTogether } from "../../plan/groups.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";
import { counted } from "./diagnostics.ts";

/** The answer to `--why` or `--separate`; undefined where neither was asked, or nothing could be predicted. */
export function answerLines(
  { why, separate, predicted }: GroupsReport,
  style: Style,
): TerminalText[] | undefined {
  const lines =
    why === undefined
      ? separate === undefined
        ? undefined
        : separateLines(separate, style)
      : whyLines(why, style);
  if (lines === undefined || !predicted.known) return lines;
  return [...lines, text``, text`Predicted for: ${predicted.options} (${predicted.confidence})`];
}

function whyLines({ a, b, together, sentences }: WhyTogether, style: Style): TerminalText[] {
  const pair = `${shortAddress(a)} and ${shortAddress(b)}`;
  if (!together) {
    const how = sentences.length === 0 ? "are in different groups." : "are in no common group:";
    return [style.bold(text`${pair} ${how}`), ...numbered(sentences)];
  }
  return [
    style.bold(text`${pair} are in one group:`),
    ...numbered(sentences),
    text`What would part them: hostcfg groups --separate ${shortAddress(a)} ${shortAddress(b)}`,
  ];
}

function numbered(sentences: readonly string[]): TerminalText[] {
  return sentences.map((sentence, at) => text`  ${at + 1}. ${sentence}`);
}

function separateLines(separation: Separation, style: Style): TerminalText[] {
  const { a, b, apart, outside, noGroups, ways, inTheWay, whyOutside } = separation;
  const pair = `${inWords(a.map(shortAddress))} and ${inWords(b.map(shortAddress))}`;
  if (apart) return [style.bold(text`${pair} are in different groups already.`)];
  if (noGroups !== undefined) return noGroupsLines(separation, noGroups, pair, style);
  const free = inWords(outside.map(shortAddress));
  if (ways.length + inTheWay.length === 0 && outside.length > 0)
    return [
      style.bold(text`${pair} are in no common group, but no IOMMU stands before ${free}:`),
      ...(whyOutside === undefined ? [] : [text`  ${whyOutside}`]),
      text`  what is in no group is not isolated, and cannot be handed to a virtual machine`,
    ];
  return partingLines(separation, pair, style);
}

function noGroupsLines(separation: Separation, noGroups: string, pair: string, style: Style): TerminalText[] {
  const { switchOn, remedy, whyOutside } = separation;
  const heading = [
    style.bold(text`There will be no groups, so nothing isolates ${pair}:`),
    text`  ${noGroups}`,
  ];
  if (switchOn === undefined)
    return remedy === undefined ? heading : [...heading, text`  what would help: ${remedy}`];
  const first = [...heading, text`  what would help: ${switchOn.what}`];
  if (switchOn.apart) return [...first, text`  then they are in different groups`];
  if (whyOutside !== undefined) return [...first, text`  but then ${whyOutside}`];
  return [...first, text`  then they share a group:`, ...partingLines(separation, pair, style)];
}

function partingLines({ ways, inTheWay }: Separation, pair: string, style: Style): TerminalText[] {
  const nothing =
    inTheWay.length === 0
      ? []
      : [text`No option of the kernel can part them:`, ...inTheWay.map((clause) => text`  - ${clause}`)];
  if (ways.length === 0) return [style.bold(text`Nothing is known that would part ${pair}.`), ...nothing];
  return [
    style.bold(text`What would part ${pair}, the least risk first:`),
    ...ways.flatMap((way, at) => wayLines(way, at + 1)),
    ...nothing,
  ];
}

function wayLines({ what, risk, predicted }: WayApart, number: number): TerminalText[] {
  const groups = predicted?.groups ?? [];
  return [
    text`  ${number}. ${what}`,
    text`     risk: ${risk}`,
    ...(groups.length === 0
      ? []
      : [
          text`     then: ${groups.map((devices) => `{${devices.map(shortAddress).join(" ")}}`).join(" and ")}`,
        ]),
    ...(predicted === undefined ? [] : [text`     ${also(predicted.alsoSplits)}`]),
  ];
}

function also(splits: readonly (readonly string[])[]): string {
  if (splits.length === 0) return "it would split no other group";
  const shown = splits.slice(0, 3).map((devices) => `{${devices.map(shortAddress).join(" ")}}`);
  return `it would also split ${counted(splits.length, "other group")}: ${shown.join(", ")}${splits.length > 3 ? " …" : ""}`;
}
