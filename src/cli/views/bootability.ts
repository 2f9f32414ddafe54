import type { Bootability, BootEntryCheck, BootVerdict, Fact } from "../../model/index.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { diagnosticLines } from "./diagnostics.ts";

/** Entry by entry, part by part, whether the host would come up. */
export function renderBootability(found: Bootability, style: Style): string {
  const { entry, fallback, by, problems } = found;
  const diagnostics = diagnosticLines(problems, style);
  return written(
    [
      ...entryLines("Boots next", entry, style),
      ...(by === undefined || !entry.known ? [] : [text`    chosen because: ${by}`.wrapped("    ".length)]),
      ...(entry.known || fallback.known ? entryLines("To go back to", fallback, style) : []),
      text``,
      ...(diagnostics.length === 0 ? [] : [...diagnostics, text``]),
      style.bold(conclusion(found)).wrapped(0),
    ],
    style,
  );
}

function entryLines(label: string, entry: Fact<BootEntryCheck>, style: Style): readonly TerminalText[] {
  if (!entry.known)
    return [style.bold(text`${label}: unknown`), text`    ${entry.why}`.wrapped("    ".length)];
  const { name, release, parts } = entry.value;
  const what = release.known && !name.includes(release.value) ? `${name} (${release.value})` : name;
  return [
    style.bold(text`${label}: ${what}`.wrapped(2)),
    ...parts.map(({ part, verdict, reason }) =>
      text`  ${sign(verdict, style)} ${part.padEnd(WIDTH)}  ${reason}`.wrapped("  = ".length + WIDTH + 2),
    ),
  ];
}

const WIDTH = "modules".length;

function sign(verdict: BootVerdict, style: Style): TerminalText {
  switch (verdict) {
    case "bootable":
      return style.green("=");
    case "broken":
      return style.red("!");
    case "unknown":
      return style.yellow("?");
  }
}

function conclusion({ verdict, fallback, problems }: Bootability): string {
  switch (verdict) {
    case "bootable":
      return problems.length === 0 && fallback.known && fallback.value.verdict === "bootable"
        ? "Bootable: what boots next is whole, and so is the way back."
        : "Bootable: what boots next is whole.";
    case "broken":
      return "Broken: do not reboot this host.";
    case "unknown":
      return problems.some(({ severity }) => severity === "error")
        ? "Unknown: what this host starts from cannot be seen."
        : "Unknown: nothing speaks against it, but something could not be seen.";
  }
}
