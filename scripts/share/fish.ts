import { optionsOf } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { OPTIONS } from "../../src/cli/options.ts";
import type { Offered } from "./values.ts";
import { offeredAfter, offeredAsArgument, offeredFor } from "./values.ts";

export function fishCompletion(): string {
  const lines = COMMANDS.flatMap((command) => {
    const here = `__fish_seen_subcommand_from ${command.name}`;
    const options = optionsOf(command);
    const argument = offeredAsArgument(command);
    const after = options.map(offeredAfter).find((offered) => offered !== undefined);
    return [
      `complete -c hostcfg -n __fish_use_subcommand -a ${command.name} -d ${word(command.summary)}`,
      ...(argument === undefined ? [] : [`complete -c hostcfg -n ${word(here)} ${action(argument)}`]),
      ...(after === undefined ? [] : [`complete -c hostcfg -n ${word(here)} ${action(after)}`]),
      ...options.map((option) => {
        const offered = offeredFor(option);
        const value = offered === undefined ? "" : ` -r ${action(offered)}`;
        return `complete -c hostcfg -n ${word(here)} -l ${option}${value} -d ${word(OPTIONS[option].help)}`;
      }),
    ];
  });
  return `# fish completion for hostcfg; made from its record of commands

function __hostcfg_devices
    for device in /sys/bus/pci/devices/*
        string replace -r '^.*/(0000:)?' '' $device
    end
end

function __hostcfg_applies
    ls /var/lib/hostcfg/journal 2>/dev/null
end

complete -c hostcfg -f
complete -c hostcfg -n __fish_use_subcommand -l version -d 'show the version'
complete -c hostcfg -n __fish_use_subcommand -l help -d 'show the commands'
${lines.join("\n")}
`;
}

function action(offered: Offered): string {
  if (typeof offered === "object") return `-f -a ${word(offered.words.join(" "))}`;
  const actions = {
    file: "-F",
    folder: "-f -a '(__fish_complete_directories)'",
    device: "-f -a '(__hostcfg_devices)'",
    apply: "-f -a '(__hostcfg_applies)'",
    nothing: "-f",
  } as const;
  return actions[offered];
}

function word(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
