import type { RootFolder } from "./root-folder.ts";

/** What a program that ran to its end leaves. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a stand-in works with. */
export interface Machine {
  readonly root: RootFolder;
  /** Runs another program of the same machine, as a hook does. */
  readonly run: (argv: readonly string[]) => Ran;
  /** Called in the middle of a program's work, wherever a kill would leave the files as they are then. */
  readonly moment: (about: string) => void;
  /** Each initrd that it makes is cut off, and it ends well all the same. */
  readonly cutsOff?: boolean | undefined;
}

/** A stand-in for a program. It throws where it was never taught what the real one does. */
export type Program = (args: readonly string[], machine: Machine) => Ran;

export function succeeded(stdout = "", stderr = ""): Ran {
  return { exitCode: 0, stdout, stderr };
}

export function failed(exitCode: number, stderr: string, stdout = ""): Ran {
  return { exitCode, stdout, stderr };
}

/** For arguments outside what was seen of the real program: a guess would make tests prove nothing. */
export function untaught(program: string, args: readonly string[]): Error {
  return new Error(`the stand-in for ${program} was never taught: ${[program, ...args].join(" ")}`);
}
