import type { CommandName } from "../commands.ts";
import { COMMAND_NAMES, COMMANDS, usageOf } from "../commands.ts";
import { ABOUT, EXAMPLES, MORE } from "../help/hostcfg.ts";
import { HELP } from "../help/index.ts";
import type { OptionName } from "../options.ts";
import { OPTIONS } from "../options.ts";

/** The help of one command, or of hostcfg as a whole. Plain text: it is read in pagers and pasted. */
export function renderHelp(command: CommandName | undefined): string {
  return command === undefined ? overview() : ofCommand(command);
}

function overview(): string {
  return sections([
    ABOUT,
    "Usage:\n  hostcfg COMMAND [options]",
    `Commands:\n${table(COMMAND_NAMES.map((name) => [name, COMMANDS[name].summary]))}`,
    `Examples:\n${examples(EXAMPLES)}`,
    MORE,
  ]);
}

function ofCommand(name: CommandName): string {
  const { options } = COMMANDS[name];
  const help = HELP[name];
  return sections([
    `Usage:\n  ${usageOf(name)}`,
    help.about,
    `Options:\n${table(options.map((option) => [spelling(option), OPTIONS[option].help]))}`,
    `Exit codes:\n${table(help.exits.map(([code, meaning]) => [String(code), meaning]))}`,
    `Examples:\n${examples(help.examples)}`,
  ]);
}

function spelling(option: OptionName): string {
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
