import { optionsOf } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import type { Offered } from "./values.ts";
import { APPLIES, DEVICES, offeredAfter, offeredAsArgument, offeredFor } from "./values.ts";

/** For bash-completion, which loads it by its name. */
export function bashCompletion(): string {
  return `# bash completion for hostcfg; made from its record of commands

_hostcfg_devices() {
  ${DEVICES}
}

_hostcfg() {
  local cur prev words cword command="" asking="" word
  _get_comp_words_by_ref -n ":=" cur prev words cword
  for word in "\${words[@]:1:cword-1}"; do
    case $word in
      --why | --separate) asking=$word ;;
      -*) ;;
      *) [[ -n $command ]] || command=$word ;;
    esac
  done
  COMPREPLY=()
  if [[ -z $command ]]; then
    COMPREPLY=($(compgen -W "${[...COMMANDS.map(({ name }) => name), "help", "--help", "--version"].join(" ")}" -- "$cur"))
    return
  fi
  case $command:$prev in
${COMMANDS.flatMap((command) =>
  optionsOf(command).flatMap((option) => {
    const offered = offeredFor(option);
    return offered === undefined
      ? []
      : [`    ${command.name}:--${option}) ${reply(offered)}; ${RESPECT_COLONS}; return ;;`];
  }),
).join("\n")}
  esac
  case $command$asking in
${COMMANDS.flatMap((command) =>
  optionsOf(command).flatMap((option) => {
    const offered = offeredAfter(option);
    return offered === undefined ? [] : [`    ${command.name}--${option}) ${reply(offered)} ;;`];
  }),
).join("\n")}
${COMMANDS.flatMap((command) => {
  const offered = offeredAsArgument(command);
  return offered === undefined ? [] : [`    ${command.name}) ${reply(offered)} ;;`];
}).join("\n")}
    help) COMPREPLY=($(compgen -W "${COMMANDS.map(({ name }) => name).join(" ")}" -- "$cur")) ;;
  esac
  if [[ $cur == -* ]]; then
    compopt +o filenames 2>/dev/null
    case $command in
${COMMANDS.map(
  (command) =>
    `      ${command.name}) COMPREPLY=($(compgen -W "${optionsOf(command)
      .map((option) => `--${option}`)
      .join(" ")}" -- "$cur")) ;;`,
).join("\n")}
    esac
  fi
  ${RESPECT_COLONS}
}

complete -F _hostcfg hostcfg
`;
}

const RESPECT_COLONS = '__ltrim_colon_completions "$cur"';

function reply(offered: Offered): string {
  if (typeof offered === "object") return `COMPREPLY=($(compgen -W "${offered.words.join(" ")}" -- "$cur"))`;
  switch (offered) {
    case "file":
      return 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))';
    case "folder":
      return 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur"))';
    case "device":
      return 'COMPREPLY=($(compgen -W "$(_hostcfg_devices)" -- "$cur"))';
    case "apply":
      return `COMPREPLY=($(compgen -W "$(${APPLIES})" -- "$cur"))`;
    case "nothing":
      return "COMPREPLY=()";
  }
}
