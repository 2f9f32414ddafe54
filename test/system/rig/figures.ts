import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("../../../.cache/cuts.json", import.meta.url));

type Counted = "stops" | "killed" | "images" | "converged" | "errors" | "survived" | "missed";

/** What was tried, by story and phase: printed, and kept in .cache/cuts.json. */
export class Figures {
  readonly #name: string;
  readonly #counts = new Map<Counted, number>();

  constructor(name: string) {
    this.#name = name;
  }

  count(what: Counted, by = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + by);
  }

  keep(): void {
    const all = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as Record<string, unknown>) : {};
    all[this.#name] = Object.fromEntries(this.#counts);
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(FILE, `${JSON.stringify(all, null, 2)}\n`);
    console.log(`${this.#name}: ${[...this.#counts].map(([what, n]) => `${n} ${what}`).join(", ")}`);
  }
}
