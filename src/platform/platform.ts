import type { InitramfsGeneratorName, MakeInitrd } from "../model/index.ts";

/** What a distribution family answers: the shapes that its folders fill. */

export interface Command {
  /** Program and arguments. */
  readonly argv: readonly string[];
  readonly timeoutSeconds: number;
}

/** A program that makes initrds, as far as hostcfg drives it. */
export interface InitramfsGenerator {
  readonly name: InitramfsGeneratorName;
  /** The command line for this. */
  command(action: MakeInitrd): Command;
  /** Its own settings and what else it makes initrds from, among the paths of /etc. */
  readonly sources: RegExp;
  /** How a person gets smaller ones. */
  readonly smaller: string;
}
