import type { Engine } from "./engine.ts";
import type { Io, Opened, Target } from "./io.ts";
import type { OptionName, Options } from "./options.ts";
import { COMMON } from "./options.ts";
import type { Style } from "./style.ts";

/** One call of a command: what it was given, and all that it may work with. */
export interface Call {
  readonly command: Command;
  readonly options: Options;
  /** The SPEC or PLAN argument as typed. */
  readonly argument: string | undefined;
  /** All that follows, as typed: the files of `validate`, the devices of `groups --why A B`. */
  readonly operands: readonly string[];
  /** The whole command line without the program, for messages that say what to type. */
  readonly argv: readonly string[];
  readonly io: Io;
  /** The only way for a command to a host. */
  open(target: Target): Opened;
  readonly engine: Engine;
  /** For stdout and for stderr: each may or may not be a terminal. */
  readonly style: Style;
  readonly stderrStyle: Style;
}

/** All that there is to know of a command: parsing, help, usage and dispatch are made from this. */
export interface Command {
  readonly name: string;
  /** Its argument in usage lines, `...` after it where it takes several; absent when it takes none. */
  readonly argument?: string;
  /** One clause for the list of commands. */
  readonly summary: string;
  /** Its own; those of every command are added ({@link optionsOf}). */
  readonly options: readonly OptionName[];
  /** Options that other commands have, and why they make no sense here. */
  readonly refused?: Partial<Readonly<Record<OptionName, string>>>;
  /** What other tools call an option, and what to type here. */
  readonly foreign?: readonly (readonly [names: readonly string[], hint: string])[];
  /** What the command does and what it never does, in paragraphs. */
  readonly about: string;
  /** Exit code and its meaning. */
  readonly exits: readonly (readonly [code: number, meaning: string])[];
  /** Comment and command line. */
  readonly examples: readonly (readonly [comment: string, line: string])[];
  /** Prints its result and answers the exit code; a {@link Failure} or HostError is printed by main. */
  run(call: Call): Promise<number>;
}

export function optionsOf({ options, refused = {} }: Command): readonly OptionName[] {
  return [...options, ...COMMON.filter((option) => refused[option] === undefined)];
}

export function takesSeveral({ argument }: Command): boolean {
  return argument?.endsWith("...") === true;
}

/** e.g. `hostcfg plan [SPEC] [options]`. */
export function usageOf({ name, argument }: Command): string {
  return ["hostcfg", name, ...(argument === undefined ? [] : [argument]), "[options]"].join(" ");
}
