import { splitLine } from "../../cmdline.ts";
import type { NextBoot, Plan } from "../../model/index.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";
import { factText, unknownText } from "./fact.ts";
import { upgradeVerdict } from "./next-boot.ts";

/** What the next boot has that this plan decides, before -> after. */
export function nextBootSummary(
  { nextBoot, host, diagnostics }: Plan,
  style: Style,
): readonly TerminalText[] {
  const { before, after, afterUpgrade } = nextBoot;
  if (!after.known) {
    const loader = host.bootLoader;
    const then =
      !loader.known && loader.why === after.why
        ? text`${style.yellow("unknown")}, as the boot loader is`
        : unknownText(after.why, style);
    return before.known
      ? [row("now", factText(before.value.release, style)), row("then", then)]
      : [text`  ${then}`.wrapped(2)];
  }
  const now = before.known ? before.value : undefined;
  const warned = diagnostics.some(({ code }) => code === "upgrade-takes-over");
  return [
    ...(before.known ? [] : [row("now", unknownText(before.why, style))]),
    row("kernel", kernelText(now, after.value, style)),
    ...optionLines(now, after.value, style),
    row("fallback", factText(after.value.fallback, style)),
    ...upgradeLines(afterUpgrade, style, warned),
  ];
}

/** Where the release stays, its image may be another file. */
function kernelText(now: NextBoot | undefined, then: NextBoot, style: Style): TerminalText {
  const release = factText(then.release, style);
  if (now === undefined) return release;
  const old = factText(now.release, style);
  if (old.written !== release.written) return arrow(old, release, style);
  const files = (["kernel", "initrd"] as const).filter((field) => now[field] !== then[field]);
  const moved = files.map((field) => `${now[field]} -> ${then[field]}`).join(", ");
  return moved === ""
    ? text`${release} ${style.dim("(as now)")}`
    : text`${release}, by other files: ${moved}`;
}

function arrow(old: TerminalText, fresh: TerminalText, style: Style): TerminalText {
  return text`${style.red(old)} -> ${style.green(fresh)}`;
}

/** Those that come and go; the whole line where only their order changes, or nothing is known of the one before. */
function optionLines(now: NextBoot | undefined, then: NextBoot, style: Style): readonly TerminalText[] {
  if (now === undefined) return [row("options", text`${then.options}`)];
  if (now.options === then.options) return [row("options", text`${style.dim("as now")}`)];
  const added = without(splitLine(then.options), splitLine(now.options));
  const gone = without(splitLine(now.options), splitLine(then.options));
  if (added.length + gone.length === 0)
    return [row("options", style.red(text`- ${now.options}`)), row("", style.green(text`+ ${then.options}`))];
  const lines = [
    ...(added.length === 0 ? [] : [style.green(text`+ ${added.join(" ")}`)]),
    ...(gone.length === 0 ? [] : [style.red(text`- ${gone.join(" ")}`)]),
  ];
  return lines.map((line, at) => row(at === 0 ? "options" : "", line));
}

/** What is left of `words` once each of `others` has taken one away. */
function without(words: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return words.filter((word) => {
    const at = left.indexOf(word);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}

/** A warning that a newer kernel takes over says it with more. */
function upgradeLines(
  upgrade: Plan["nextBoot"]["afterUpgrade"],
  style: Style,
  warned: boolean,
): readonly TerminalText[] {
  if (!upgrade.known) return [row("upgrade", unknownText(upgrade.why, style))];
  const { keeps, rule, besides = [] } = upgrade.value;
  const verdict = keeps ? upgradeVerdict(keeps) : `${upgradeVerdict(keeps)}: ${rule}`;
  return [...(warned ? [] : [verdict]), ...besides].map((one, at) =>
    row(at === 0 ? "upgrade" : "", text`${one}`),
  );
}

function row(label: string, content: TerminalText): TerminalText {
  return text`  ${label.padEnd(8)}  ${content}`.wrapped(12);
}
