import type { Command } from "../../src/cli/command.ts";
import { optionsOf, takesSeveral } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import type { OptionName } from "../../src/cli/options.ts";
import { OPTIONS } from "../../src/cli/options.ts";
import type { Offered } from "./values.ts";
import { APPLIES, DEVICES, offeredAfter, offeredAsArgument, offeredFor } from "./values.ts";

export function zshCompletion(): string {
  return `#compdef hostcfg
# zsh completion for hostcfg; made from its record of commands

_hostcfg_devices() {
  local -a devices
  devices=(\${(f)"$(${DEVICES})"})
  compadd -a devices
}

_hostcfg_applies() {
  local -a applies
  applies=(\${(f)"$(${APPLIES})"})
  compadd -a applies
}

_hostcfg() {
  local curcontext=$curcontext state line
  local -a commands
  commands=(
${COMMANDS.map(({ name, summary }) => `    ${word(`${name}:${summary}`)}`).join("\n")}
  )
  _arguments -C '(- *)'{-h,--help}'[show the commands]' '(- *)'{-V,--version}'[show the version]' \\
    '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $words[1] in
${COMMANDS.map((command) => `        ${command.name}) _arguments ${argumentsOf(command)} ;;`).join("\n")}
        help) _describe command commands ;;
      esac ;;
  esac
}

_hostcfg "$@"
`;
}

function argumentsOf(command: Command): string {
  const options = optionsOf(command);
  const argument = offeredAsArgument(command);
  const after = options.map(offeredAfter).find((offered) => offered !== undefined);
  return [
    ...options.map((option) => word(optionSpec(option))),
    ...(argument === undefined
      ? []
      : [word(`${takesSeveral(command) ? "*" : "1"}:argument:${action(argument)}`)]),
    ...(after === undefined ? [] : [word(`*:device:${action(after)}`)]),
  ].join(" ");
}

function optionSpec(option: OptionName): string {
  const help = OPTIONS[option].help.replaceAll(/[[\]:\\]/g, "\\$&");
  const offered = offeredFor(option);
  const value = offered === undefined ? "" : `:${OPTIONS[option].value ?? ""}:${action(offered)}`;
  return `--${option}${offered === undefined ? "" : "="}[${help}]${value}`;
}

function action(offered: Offered): string {
  if (typeof offered === "object") return `(${offered.words.join(" ")})`;
  const actions = {
    file: "_files",
    folder: "_files -/",
    device: "_hostcfg_devices",
    apply: "_hostcfg_applies",
    nothing: " ",
  } as const;
  return actions[offered];
}

function word(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
