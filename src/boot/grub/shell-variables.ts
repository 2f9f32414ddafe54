import { unknown } from "../../facts/fact.ts";
import type { ShellFault } from "./shell-faults.ts";
import type { ShellValue } from "./shell-value.ts";

/** The word that assigned a variable last. */
export interface Assigned {
  readonly file: string;
  readonly line: number;
  /** Where its value begins in the file, quotes included, and where it ends. */
  readonly from: number;
  readonly to: number;
  /** It stands in an `if`. */
  readonly inCondition: boolean;
}

/** The variables once all files were sourced in their order; later assignments win. */
export class ShellVariables {
  readonly #values = new Map<string, ShellValue>();
  readonly #assigned = new Map<string, Assigned>();
  /** What sh stumbles over, in the order of the files. */
  readonly faults: ShellFault[] = [];
  /** Why nothing that was not assigned since is known. */
  #lost: string | undefined;

  /** Undefined for a variable that is not set. */
  get(name: string): ShellValue | undefined {
    return this.#values.get(name) ?? (this.#lost === undefined ? undefined : unknown(this.#lost));
  }

  set(name: string, value: ShellValue, at?: Assigned): void {
    this.#values.set(name, value);
    if (at === undefined) this.#assigned.delete(name);
    else this.#assigned.set(name, at);
  }

  /** Undefined where it is not set, or where only a shell could tell by what. */
  assigned(name: string): Assigned | undefined {
    return this.#values.has(name) ? this.#assigned.get(name) : undefined;
  }

  /** Of those that are set, or may be. */
  names(): readonly string[] {
    return [...this.#values.keys()];
  }

  unset(name: string): void {
    this.#values.delete(name);
  }

  loseAll(why: string): void {
    this.#values.clear();
    this.#lost = why;
  }
}
