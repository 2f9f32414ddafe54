import type { Reader } from "../host/reader.ts";
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
  /** The program whose presence tells. */
  readonly program: string;
  isThere(reader: Reader): boolean;
  /** The files that every initrd is made from, whatever kernel it is for; throws HostError where they may not be read. */
  sourceFiles(reader: Reader): readonly string[];
  /** The command line for this. */
  command(action: MakeInitrd): Command;
  /** Its own settings and what else it makes initrds from, among the paths of /etc. */
  readonly sources: RegExp;
  /** How a person gets smaller ones. */
  readonly smaller: string;
}
