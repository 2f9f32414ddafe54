import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("../../../.cache/cuts.json", import.meta.url));

/** What is counted, with how the table names it. */
const COLUMNS = {
  stops: "stops",
  killed: "judged as killed",
  images: "power cuts",
  converged: "brought to the end",
  errors: "calls failed",
  survived: "of those survived",
  missed: "missed",
} as const;
type Counted = keyof typeof COLUMNS;
type Counts = Partial<Record<Counted, number>>;

/** What was tried, by story and phase: printed, and kept in .cache/cuts.json. */
export class Figures {
  readonly #name: string;
  readonly #counts: Counts = {};

  constructor(name: string) {
    this.#name = name;
  }

  count(what: Counted, by = 1): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + by;
  }

  keep(): void {
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(FILE, `${JSON.stringify({ ...kept(), [this.#name]: this.#counts }, null, 2)}\n`);
    console.log(`${this.#name}: ${told(this.#counts).join(", ")}`);
  }
}

/** For vitest, before all tests. */
export function setup(): void {
  rmSync(FILE, { force: true });
}

/** For vitest, after all tests. */
export function teardown(): void {
  console.log(`\n${tableOf(kept())}`);
}

/** In Markdown. */
export function tableOf(figures: Readonly<Record<string, Counts>>): string {
  const names = Object.keys(COLUMNS) as Counted[];
  const all: Counts = {};
  for (const counts of Object.values(figures))
    for (const name of names) all[name] = (all[name] ?? 0) + (counts[name] ?? 0);
  const rows = Object.entries({ ...figures, all }).map(([name, counts]) => [
    name,
    ...names.map((one) => String(counts[one] ?? 0)),
  ]);
  const head = ["", ...Object.values(COLUMNS)];
  return [head, head.map(() => "-"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function kept(): Record<string, Counts> {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as Record<string, Counts>) : {};
}

function told(counts: Counts): string[] {
  return (Object.keys(COLUMNS) as Counted[])
    .filter((name) => counts[name] !== undefined)
    .map((name) => `${counts[name] ?? 0} ${COLUMNS[name]}`);
}
