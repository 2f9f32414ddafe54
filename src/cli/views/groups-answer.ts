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
  if (!together) return [style.bold(text`${pair} are in different groups.`), ...numbered(sentences)];
  return [
    style.bold(text`${pair} are in one group:`),
    ...numbered(sentences),
    text`What would part them: hostcfg groups --separate ${shortAddress(a)} ${shortAddress(b)}`,
  ];
}

function numbered(sentences: readonly string[]): TerminalText[] {
  return sentences.map((sentence, at) => text`  ${at + 1}. ${sentence}`);
}

function separateLines({ a, b, apart, ways, inTheWay }: Separation, style: Style): TerminalText[] {
  const pair = `${inWords(a.map(shortAddress))} and ${inWords(b.map(shortAddress))}`;
  if (apart) return [style.bold(text`${pair} are in different groups already.`)];
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
