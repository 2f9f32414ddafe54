import type { Command } from "../../src/cli/command.ts";
import { usageOf } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { COMMON, OPTIONS } from "../../src/cli/options.ts";
import type { OptionName } from "../../src/cli/options.ts";
import { ABOUT, EXAMPLES, spelling } from "../../src/cli/views/help.ts";
import { VERSION } from "../../src/cli/version.ts";
import { page, paragraphs, quoted, roff, tagged } from "./roff.ts";

/** What hostcfg keeps outside of the spec's folder. */
const FILES = [
  ["./host.yaml", "the spec that a command takes when none is named: hostcfg-spec(5)"],
  ["./host.lock.json", "which cards the names of the spec stood for, for version control"],
  ["/var/lib/hostcfg", "the records of applies, what they replaced, and the last verification"],
  ["/etc/systemd/system/hostcfg-verify.service", "the unit of hostcfg enable-verify"],
] as const;

/** hostcfg(1), from the record that the parser and the help are made from. */
export function hostcfgPage(): string {
  return page([
    `.TH HOSTCFG 1 "" ${quoted(`hostcfg ${VERSION}`)} "User Commands"`,
    ".SH NAME",
    "hostcfg \\- bring the boot path of a Linux host to what one file says",
    ".SH SYNOPSIS",
    ".B hostcfg",
    ".I COMMAND",
    "[options]",
    ".SH DESCRIPTION",
    ...paragraphs(ABOUT),
    ".SH COMMANDS",
    ...COMMANDS.flatMap(commandLines),
    ".SH OPTIONS OF MOST COMMANDS",
    ...COMMON.flatMap(optionLines),
    ".SH FILES",
    ...FILES.flatMap(([path, what]) => [".TP", `.I ${roff(path)}`, roff(what)]),
    ".SH EXAMPLES",
    ...EXAMPLES.flatMap(exampleLines),
    ".SH SEE ALSO",
    ".BR hostcfg\\-spec (5)",
  ]);
}

function commandLines(command: Command): readonly string[] {
  return [
    `.SS ${quoted(usageOf(command))}`,
    ...paragraphs(command.about),
    ...command.options.flatMap(optionLines),
    ".PP",
    "Exit codes:",
    ...command.exits.flatMap(([code, meaning]) => tagged(String(code), meaning)),
    ...command.examples.flatMap(exampleLines),
  ];
}

function optionLines(option: OptionName): readonly string[] {
  return tagged(spelling(option), OPTIONS[option].help);
}

function exampleLines([comment, line]: readonly [string, string]): readonly string[] {
  return [".PP", `${roff(comment)}:`, ".PP", ".RS 4", ".EX", roff(line), ".EE", ".RE"];
}
