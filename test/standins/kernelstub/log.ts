import type { Ran } from "../program.ts";
import type { RootFolder } from "../root-folder.ts";

/** All output goes to stderr, and without a date here also to the log file. */
export class Log {
  readonly #root: RootFolder;
  readonly #verbose: boolean;
  #stderr = "";

  constructor(root: RootFolder, args: readonly string[]) {
    this.#root = root;
    this.#verbose = args.some((arg) => arg === "--verbose" || /^-v+$/.test(arg));
  }

  info(module: string, message: string): void {
    this.#note(module, "INFO", message, this.#verbose);
  }

  warning(module: string, message: string): void {
    this.#note(module, "WARNING", message, true);
  }

  error(module: string, message: string): void {
    this.#note(module, "ERROR", message, true);
  }

  ran(exitCode: number, more = ""): Ran {
    return { exitCode, stdout: "", stderr: this.#stderr + more };
  }

  #note(module: string, level: string, message: string, shown: boolean): void {
    const name = module === "" ? "kernelstub" : `kernelstub.${module}`;
    const line = `${name.padEnd(21)}: ${level.padEnd(8)} ${message}\n`;
    this.#root.append("/var/log/kernelstub.log", line);
    if (shown) this.#stderr += line;
  }
}
