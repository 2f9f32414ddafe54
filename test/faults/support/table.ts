import fs from "node:fs";
import { join } from "node:path";
import type { Broken, Kind, Tally } from "./rig.ts";

/** A file for each host. */
export const RESULTS = ".cache/faults";

export interface Row extends Tally {
  readonly host: string;
  readonly act: string;
  /** Those of the broken ones that are known. */
  readonly known: readonly Broken[];
}

const KINDS = {
  cuts: "cuts",
  undone: "taken back",
  failures: "failures",
  programs: "programs",
} as const satisfies Record<Kind, string>;

export function setup(): void {
  fs.rmSync(RESULTS, { recursive: true, force: true });
}

/** What was tried, where hosts were cut at all, and where it is less, what was survived. */
export function teardown(): void {
  const rows = fs.existsSync(RESULTS)
    ? fs
        .readdirSync(RESULTS)
        .sort()
        .flatMap((name) => JSON.parse(fs.readFileSync(join(RESULTS, name), "utf8")) as Row[])
    : [];
  if (rows.length > 0) console.log(`\n${tableOf(rows)}`);
}

/** In Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const kinds = Object.keys(KINDS) as Kind[];
  const lines = rows.map(({ host, act, calls, tried, broken }) => [
    host,
    act,
    String(calls),
    ...kinds.map((kind) => survived(tried[kind], broken, kind)),
  ]);
  const total = ["all", "", String(sum(rows.map(({ calls }) => calls)))].concat(
    kinds.map((kind) =>
      survived(
        sum(rows.map(({ tried }) => tried[kind])),
        rows.flatMap(({ broken }) => broken),
        kind,
      ),
    ),
  );
  const all = [["host", "act", "calls", ...Object.values(KINDS)], ...lines, total];
  const widths = (all[0] ?? []).map((_, at) => Math.max(...all.map((line) => (line[at] ?? "").length)));
  const text = all.map((line) => `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`);
  return [text[0], `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...text.slice(1)].join(
    "\n",
  );
}

function survived(tried: number, broken: readonly Broken[], kind: Kind): string {
  const lost = sum(broken.filter((one) => one.kind === kind).map(({ times }) => times));
  return lost === 0 ? String(tried) : `${tried - lost} of ${tried}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
