import { parseArgs } from "node:util";
import { suggest } from "../spec/suggest.ts";
import type { Command } from "./command.ts";
import { optionsOf, takesSeveral, usageOf } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import type { FailureCode } from "./failure-codes.ts";
import { Failure } from "./failure.ts";
import type { AcsOverrideChoice, OptionName, Options } from "./options.ts";
import { isOption, OPTIONS } from "./options.ts";

/** What a command line asks for. */
export type Invocation =
  | { readonly kind: "version" }
  /** Without a command: the list of commands. */
  | { readonly kind: "help"; readonly command: Command | undefined }
  | {
      readonly kind: "run";
      readonly command: Command;
      readonly argument: string | undefined;
      readonly operands: readonly string[];
      readonly options: Options;
    };

/** Reads argv (without node and the program). A mistake is a Failure with the usage line. */
export function parseArguments(argv: readonly string[]): Invocation {
  const { words, given } = split(argv);
  if (given.has("version")) return { kind: "version" };
  const [name, ...rest] = words;
  if (name === undefined) {
    if (given.has("help")) return { kind: "help", command: undefined };
    throw callFailure("no-command", "no command was given", undefined);
  }
  if (name === "help")
    return { kind: "help", command: rest[0] === undefined ? undefined : commandFor(rest[0]) };
  const command = commandFor(name);
  if (given.has("help")) return { kind: "help", command };
  const options = optionsFor(command, given);
  const asking = (["why", "separate"] as const).find((option) => given.has(option));
  // So that several can be named with blanks between them as well.
  if (given.has("vm"))
    return {
      kind: "run",
      command,
      argument: undefined,
      operands: [],
      options: { ...options, vm: [...options.vm, ...rest] },
    };
  return asking === undefined
    ? {
        kind: "run",
        command,
        argument: argumentFor(command, rest),
        operands: takesSeveral(command) ? rest : [],
        options,
      }
    : { kind: "run", command, argument: undefined, operands: twoDevices(command, asking, rest), options };
}

/** Whether the caller wants JSON, as far as that can be told from a command line with a mistake in it. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

interface GivenOption {
  /** As typed, e.g. `--root`. */
  readonly typed: string;
  readonly value: string | undefined;
  readonly inline: boolean;
}

function split(argv: readonly string[]): {
  readonly words: readonly string[];
  readonly given: ReadonlyMap<string, GivenOption>;
} {
  const words: string[] = [];
  const given = new Map<string, GivenOption>();
  for (const token of tokensOf(argv)) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    if (given.has(token.name))
      throw callFailure("option-twice", `${token.rawName} is given twice`, undefined);
    given.set(token.name, { typed: token.rawName, value: token.value, inline: token.inlineValue ?? false });
  }
  return { words, given };
}

/** Not strict: node's own messages know neither our commands nor what was probably meant. */
function tokensOf(argv: readonly string[]) {
  const known = Object.entries(OPTIONS).map(
    ([name, { value }]) => [name, { type: value === undefined ? "boolean" : "string" }] as const,
  );
  return parseArgs({
    args: [...argv],
    options: {
      ...Object.fromEntries(known),
      help: { type: "boolean", short: "h" },
      version: { type: "boolean", short: "V" },
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

function commandFor(word: string): Command {
  const command = COMMANDS.find(({ name }) => name === word);
  if (command !== undefined) return command;
  const near = suggest(
    word,
    COMMANDS.map(({ name }) => name),
  );
  throw callFailure("unknown-command", `there is no command "${word}"`, undefined, didYouMean(near));
}

function argumentFor(command: Command, words: readonly string[]): string | undefined {
  const [argument, ...more] = words;
  const most = command.argument === undefined ? 0 : 1;
  if (words.length > most && !takesSeveral(command)) {
    const extra = most === 0 ? (argument ?? "") : (more[0] ?? "");
    const takes = most === 0 ? "takes no argument" : `takes one ${nounOf(command.argument)}`;
    throw callFailure("extra-argument", `unexpected argument "${extra}"; ${command.name} ${takes}`, command);
  }
  return argument;
}

/** `[SPEC or PLAN.json]` is one spec or plan.json. */
function nounOf(argument = ""): string {
  return argument.replace(/^\[|\]$/g, "");
}

function twoDevices(command: Command, option: OptionName, words: readonly string[]): readonly string[] {
  if (words.length === 2) return words;
  const message = `--${option} takes two devices, not ${words.length}`;
  throw callFailure("option-value", message, command, `hostcfg ${command.name} --${option} 0c:00.0 0d:00.0`);
}

function optionsFor(command: Command, given: ReadonlyMap<string, GivenOption>): Options {
  for (const [name, option] of given) check(command, name, option);
  const has = (name: OptionName): boolean => given.has(name);
  const value = (name: OptionName): string | undefined => given.get(name)?.value;
  if (has("root") && has("capture")) {
    const message = "--root and --capture name two different hosts: leave one out";
    throw callFailure("contradicting-options", message, command);
  }
  if (has("chroot") && !has("root")) {
    const message = "--chroot says that programs of another root may run; it needs --root DIR";
    throw callFailure("contradicting-options", message, command);
  }
  if (has("record") && (has("root") || has("capture"))) {
    const message = "--record keeps the result of this host's own boot: leave out --root and --capture";
    throw callFailure("contradicting-options", message, command);
  }
  if (has("why") && has("separate")) {
    throw callFailure("contradicting-options", "--why and --separate are two questions: ask one", command);
  }
  if ((has("why") || has("separate")) && (has("device") || has("class"))) {
    const message = "--why and --separate ask about two devices; --device and --class shorten the list";
    throw callFailure("contradicting-options", `${message}: leave one out`, command);
  }
  if (has("confirm-within") && has("when-satisfied")) {
    throw callFailure(
      "contradicting-options",
      "--confirm-within asks a person, and --when-satisfied asks verify: take one",
      command,
    );
  }
  return {
    line: value("options"),
    acsOverride: acsOverrideOf(value("acs-override")),
    why: has("why"),
    separate: has("separate"),
    device: value("device"),
    deviceClass: value("class"),
    root: value("root"),
    chroot: has("chroot"),
    capture: value("capture"),
    vm: (value("vm") ?? "").split(",").filter((address) => address !== ""),
    json: has("json"),
    out: value("out"),
    detailedExitcode: has("detailed-exitcode"),
    autoApprove: has("auto-approve"),
    evenIfBroken: has("even-if-broken"),
    packages: has("packages"),
    planOnly: has("plan-only"),
    details: has("details"),
    keepJournals: keepJournalsOf(command, value("keep-journals")),
    lockTimeout: lockTimeoutOf(command, value("lock-timeout")),
    record: has("record"),
    confirmWithin: confirmWithinOf(command, value("confirm-within")),
    whenSatisfied: has("when-satisfied"),
    reboot: has("reboot"),
    noFiles: has("no-files"),
    debug: has("debug"),
    noColor: has("no-color"),
  };
}

function check(command: Command, name: string, { typed, value, inline }: GivenOption): void {
  const own = optionsOf(command);
  if (!isOption(name)) {
    const near = suggest(name, own);
    const foreign = command.foreign?.find(([names]) => names.includes(name))?.[1];
    const hint = foreign ?? didYouMean(near === undefined ? undefined : `--${near}`);
    throw callFailure("unknown-option", `${command.name} has no option ${typed}`, command, hint);
  }
  if (!own.includes(name)) {
    const why = command.refused?.[name] ?? `it is an option of ${ownersOf(name)}`;
    throw callFailure("unknown-option", `${command.name} has no option ${typed}: ${why}`, command);
  }
  const placeholder = OPTIONS[name].value;
  if (placeholder === undefined) {
    if (inline) throw callFailure("option-value", `${typed} takes no value`, command);
  } else if (
    value === undefined ||
    (value === "" && name !== "options") ||
    (value.startsWith("-") && !inline)
  ) {
    const hint = value?.startsWith("-") === true ? `a name that begins with -: ${typed}=${value}` : undefined;
    throw callFailure("option-value", `${typed} needs a value: ${typed} ${placeholder}`, command, hint);
  }
  const { choices } = OPTIONS[name];
  if (choices !== undefined && value !== undefined && !choices.includes(value)) {
    const near = suggest(value, choices);
    const hint = near === undefined ? undefined : `did you mean ${near}?`;
    throw callFailure("option-value", `${typed} takes ${choices.join(", ")}; not "${value}"`, command, hint);
  }
}

/** At least the record of the apply that runs. */
function keepJournalsOf(command: Command, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(value))
    throw callFailure("option-value", `--keep-journals takes a number from 1 on; not "${value}"`, command);
  return Number(value);
}

/** At most a day: whoever waits longer has another problem. */
function lockTimeoutOf(command: Command, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,5}$/.test(value) || Number(value) > 86400)
    throw callFailure(
      "option-value",
      `--lock-timeout takes seconds, from 0 to 86400; not "${value}"`,
      command,
    );
  return Number(value);
}

const SECONDS_OF = { s: 1, m: 60, h: 3600 } as const;

/** Less than a minute is over before a person has logged in. */
function confirmWithinOf(command: Command, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const [, count = "", unit = ""] = /^(\d{1,5})([smh])$/.exec(value) ?? [];
  const seconds = unit === "s" || unit === "m" || unit === "h" ? Number(count) * SECONDS_OF[unit] : 0;
  if (seconds < 60 || seconds > 86400)
    throw callFailure(
      "option-value",
      `--confirm-within takes a time from 60s to 24h, such as 10m; not "${value}"`,
      command,
    );
  return seconds;
}

function acsOverrideOf(value: string | undefined): AcsOverrideChoice {
  return value === "assume" || value === "absent" ? value : "auto";
}

function ownersOf(option: OptionName): string {
  const owners = COMMANDS.filter((command) => optionsOf(command).includes(option));
  return owners.map(({ name }) => name).join(", ");
}

function didYouMean(near: string | undefined): string | undefined {
  return near === undefined ? undefined : `did you mean ${near}?`;
}

function callFailure(
  code: FailureCode,
  message: string,
  command: Command | undefined,
  hint?: string,
): Failure {
  const usage = command === undefined ? "hostcfg COMMAND [options]; see hostcfg --help" : usageOf(command);
  return new Failure(code, message, { usage, hint });
}
