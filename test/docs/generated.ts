import fs from "node:fs";
import type { Command } from "../../src/cli/command.ts";
import { usageOf } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import type { OptionName } from "../../src/cli/options.ts";
import { COMMON, OPTIONS } from "../../src/cli/options.ts";
import { spelling } from "../../src/cli/views/help.ts";
import type { Schema } from "../../scripts/share/spec-keys.ts";
import { specKeys } from "../../scripts/share/spec-keys.ts";

/** What the pages hold of the records that the program itself works with, as Markdown. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  commands: () => COMMANDS.map(commandText).join("\n\n"),
  "command-list": () =>
    table(
      ["command", "does"],
      COMMANDS.map(({ name, summary }) => [`[\`${name}\`](#hostcfg-${name})`, summary]),
    ),
  "common-options": () => optionList(COMMON),
  "exit-codes": () =>
    table(
      ["command", "code", "meaning"],
      COMMANDS.flatMap(({ name, exits }) =>
        exits.map(([code, meaning]) => [`\`${name}\``, String(code), meaning]),
      ),
    ),
  "spec-keys": () =>
    specKeys(JSON.parse(fs.readFileSync("schemas/host-v1.json", "utf8")) as Schema)
      .map(({ at, text }) => `- \`${at}\`: ${escaped(text)}`)
      .join("\n"),
};

function commandText(command: Command): string {
  const { name, about, options, exits, examples } = command;
  return [
    `### hostcfg ${name}`,
    `    ${usageOf(command)}`,
    ...about.split("\n\n").map((paragraph) => escaped(paragraph.replaceAll(/\s*\n\s*/g, " "))),
    ...(options.length === 0 ? [] : [optionList(options)]),
    `Exit codes: ${exits.map(([code, meaning]) => `${code} ${escaped(meaning)}`).join("; ")}.`,
    examples.map(([comment, line]) => `    # ${comment}\n    ${line}`).join("\n"),
  ].join("\n\n");
}

function optionList(options: readonly OptionName[]): string {
  return options.map((option) => `- \`${spelling(option)}\`: ${escaped(OPTIONS[option].help)}`).join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** What Markdown would take for a mark. */
function escaped(text: string): string {
  return text.replaceAll(/[*_<>]/g, (mark) => `\\${mark}`);
}
