import { unknown } from "../../facts/fact.ts";
import type { ShellFault } from "./shell-faults.ts";
import type { ShellValue } from "./shell-value.ts";

/** The variables once all files were sourced in their order; later assignments win. */
export class ShellVariables {
  readonly #values = new Map<string, ShellValue>();
  /** What sh stumbles over, in the order of the files. */
  readonly faults: ShellFault[] = [];
  /** Why nothing that was not assigned since is known. */
  #lost: string | undefined;

  /** Undefined for a variable that is not set. */
  get(name: string): ShellValue | undefined {
    return this.#values.get(name) ?? (this.#lost === undefined ? undefined : unknown(this.#lost));
  }

  set(name: string, value: ShellValue): void {
    this.#values.set(name, value);
  }

  unset(name: string): void {
    this.#values.delete(name);
  }

  loseAll(why: string): void {
    this.#values.clear();
    this.#lost = why;
  }
}
