import { diffArrays } from "diff";
import { splitLine } from "../../cmdline.ts";
import type { Fact, NextBoot, Plan } from "../../model/index.ts";
import { FIELDS, upgradeVerdict } from "../views/next-boot.ts";
import type { Markup } from "./markup.ts";
import { markup } from "./markup.ts";

/** What really starts at the next boot, field by field without the plan and with it. */
export function nextBootTable({ before, after, afterUpgrade }: Plan["nextBoot"]): Markup {
  if (!before.known && !after.known && before.why === after.why) return markup`<p>Unknown: ${before.why}</p>`;
  if (!before.known || !after.known)
    return markup`${oneSide("Without the plan", before)}${oneSide("With the plan", after)}`;
  const fields = FIELDS.map((field) => row(field, compared(field, before.value, after.value)));
  const upgrade = afterUpgrade.known
    ? markup`${upgradeVerdict(afterUpgrade.value.keeps)}: ${afterUpgrade.value.rule}${(afterUpgrade.value.besides ?? []).map((one) => markup`<br />${one}`)}`
    : markup`unknown (${afterUpgrade.why})`;
  return markup`<dl class="fields">${fields}${row("upgrade", markup`<p>${upgrade}</p>`)}</dl>`;
}

type Field = (typeof FIELDS)[number];

function row(label: string, value: Markup): Markup {
  return markup`<div><dt>${label}</dt><dd>${value}</dd></div>
`;
}

function compared(field: Field, before: NextBoot, after: NextBoot): Markup {
  const [old, fresh] = [valueText(before[field]), valueText(after[field])];
  if (old === fresh) return markup`<p>${old}</p>`;
  const [was, will] = field === "options" ? comparedLines(old, fresh) : [markup`${old}`, markup`${fresh}`];
  return markup`<p class="value"><del>${was}</del></p><p class="value"><ins>${will}</ins></p>`;
}

function valueText(value: string | Fact<string>): string {
  if (typeof value === "string") return value;
  return value.known ? value.value : `unknown (${value.why})`;
}

/** Two option lines, with the options marked that only one of them has. */
function comparedLines(old: string, fresh: string): readonly [Markup, Markup] {
  const parts = diffArrays(splitLine(old), splitLine(fresh));
  const line = (other: "added" | "removed"): Markup =>
    markup`${parts
      .filter((part) => !part[other])
      .flatMap(({ value, added, removed }) =>
        value.map((word) => (added || removed ? markup`<mark>${word}</mark>` : markup`${word}`)),
      )
      .map((word, at) => (at === 0 ? word : markup` ${word}`))}`;
  return [line("added"), line("removed")];
}

function oneSide(title: string, side: Fact<NextBoot>): Markup {
  const body = side.known
    ? markup`<dl class="fields">${FIELDS.map((field) => row(field, markup`<p>${valueText(side.value[field])}</p>`))}</dl>`
    : markup`<p>Unknown: ${side.why}</p>`;
  return markup`<h3>${title}</h3>${body}`;
}
