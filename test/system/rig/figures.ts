import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file for each: several processes write there. */
const FOLDER = fileURLToPath(new URL("../../../.cache/cuts", import.meta.url));

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

/** What was tried, by story and phase: printed, and kept in .cache/cuts. */
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
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(join(FOLDER, `${this.#name}.json`), `${JSON.stringify(this.#counts)}\n`);
    console.log(`${this.#name}: ${told(this.#counts).join(", ")}`);
  }
}

/** For vitest, before all tests. */
export function setup(): void {
  rmSync(FOLDER, { recursive: true, force: true });
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
  const files = existsSync(FOLDER) ? readdirSync(FOLDER).sort() : [];
  return Object.fromEntries(
    files.map((file) => [
      file.replace(/\.json$/, ""),
      JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Counts,
    ]),
  );
}

function told(counts: Counts): string[] {
  return (Object.keys(COLUMNS) as Counted[])
    .filter((name) => counts[name] !== undefined)
    .map((name) => `${counts[name] ?? 0} ${COLUMNS[name]}`);
}
