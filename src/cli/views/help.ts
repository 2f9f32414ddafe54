import type { Command } from "../command.ts";
import { optionsOf, usageOf } from "../command.ts";
import { COMMANDS } from "../commands/index.ts";
import type { OptionName } from "../options.ts";
import { COMMON, OPTIONS } from "../options.ts";

export const ABOUT = `hostcfg brings the boot path of a Linux host to what one YAML file says: which kernel
boots, which links and loader entries name it, with which options, and which PCI
devices end up in different IOMMU groups.

It reads the host, shows what would change and why, and changes it only after a yes.
A second apply does nothing. It never reboots, and never removes what it did not make.`;

export const EXAMPLES = [
  ["what would change on this host? (changes nothing)", "hostcfg plan host.yaml"],
  ["change it, after a question", "sudo hostcfg apply host.yaml"],
  ["after the reboot: did it come out as declared?", "sudo hostcfg verify host.yaml"],
] as const;

const MORE = `More: hostcfg COMMAND --help, hostcfg --version.`;

/** The help of one command, or of hostcfg as a whole. Plain text: it is read in pagers and pasted. */
export function renderHelp(command: Command | undefined): string {
  return command === undefined ? overview() : ofCommand(command);
}

function overview(): string {
  return sections([
    ABOUT,
    "Usage:\n  hostcfg COMMAND [options]",
    `Commands:\n${table(COMMANDS.map(({ name, summary }) => [name, summary]))}`,
    `Options of most commands:\n${optionTable(COMMON)}`,
    `Examples:\n${examples(EXAMPLES)}`,
    MORE,
  ]);
}

function ofCommand(command: Command): string {
  return sections([
    `Usage:\n  ${usageOf(command)}`,
    command.about,
    `Options:\n${optionTable(optionsOf(command))}`,
    `Exit codes:\n${table(command.exits.map(([code, meaning]) => [String(code), meaning]))}`,
    `Examples:\n${examples(command.examples)}`,
  ]);
}

function optionTable(options: readonly OptionName[]): string {
  return table(options.map((option) => [spelling(option), OPTIONS[option].help]));
}

export function spelling(option: OptionName): string {
  const { value, operands } = OPTIONS[option];
  const more = value ?? operands;
  return `--${option}${more === undefined ? "" : ` ${more}`}`;
}

function table(rows: readonly (readonly [term: string, meaning: string])[]): string {
  const width = Math.max(...rows.map(([term]) => term.length));
  return rows.map(([term, meaning]) => `  ${term.padEnd(width)}  ${meaning}`).join("\n");
}

function examples(list: readonly (readonly [comment: string, line: string])[]): string {
  return list.map(([comment, line]) => `  # ${comment}\n  ${line}`).join("\n");
}

function sections(parts: readonly string[]): string {
  return `${parts.join("\n\n")}\n`;
}
