import type { Fact, NextBoot, Plan } from "../../model/index.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";
import { factText, unknownText } from "./fact.ts";

export const FIELDS = ["release", "kernel", "initrd", "options", "rule", "fallback"] as const;
type Field = (typeof FIELDS)[number];

/**
 * What really starts at the next boot, line by line as now (`-`) and as after the plan (`+`), or once (`=`)
 * where the plan leaves it as it is.
 */
export function nextBootLines(nextBoot: Plan["nextBoot"], style: Style): readonly TerminalText[] {
  return [...bootLines(nextBoot, style), ...upgradeLines(nextBoot, style)];
}

function bootLines({ before, after }: Plan["nextBoot"], style: Style): readonly TerminalText[] {
  if (!before.known && !after.known && before.why === after.why)
    return [text`  ${unknownText(before.why, style)}`];
  if (!before.known || !after.known)
    return [...oneSide("now", before, style), ...oneSide("then", after, style)];
  return FIELDS.flatMap((field) => fieldLines(field, before.value, after.value, style));
}

/** Nothing where nothing is known of the next boot either. */
function upgradeLines({ after, afterUpgrade }: Plan["nextBoot"], style: Style): readonly TerminalText[] {
  if (!after.known) return [];
  if (!afterUpgrade.known) return [line("upgrade", unknownText(afterUpgrade.why, style))];
  const { keeps, rule, besides = [] } = afterUpgrade.value;
  return [
    line("upgrade", style.dim(text`  ${upgradeVerdict(keeps)}: ${rule}`)),
    ...besides.map((one) => line("", style.dim(text`  ${one}`))),
  ];
}

export function upgradeVerdict(keeps: boolean): string {
  return keeps ? "a newer kernel package does not take over" : "a newer kernel package takes over";
}

function fieldLines(field: Field, before: NextBoot, after: NextBoot, style: Style): readonly TerminalText[] {
  const old = valueText(field, before, style);
  const new_ = valueText(field, after, style);
  if (old.written === new_.written) return [line(field, style.dim(text`= ${old}`))];
  return [line(field, style.red(text`- ${old}`)), line("", style.green(text`+ ${new_}`))];
}

function oneSide(label: string, side: Fact<NextBoot>, style: Style): readonly TerminalText[] {
  if (!side.known) return [line(label, unknownText(side.why, style))];
  const { value } = side;
  return [text`  ${label}`, ...FIELDS.map((field) => text`  ${line(field, valueText(field, value, style))}`)];
}

function valueText(field: Field, boot: NextBoot, style: Style): TerminalText {
  const value = boot[field];
  return typeof value === "string" ? text`${value}` : factText(value, style);
}

function line(label: string, content: TerminalText): TerminalText {
  return text`  ${label.padEnd(8)}  ${content}`;
}
