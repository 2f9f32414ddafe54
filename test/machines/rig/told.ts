import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";

/** What a story promised and what came, for the table at the end of a run. */
export interface Line {
  readonly machine: string;
  readonly story: string;
  readonly promised: string;
  readonly came: string;
}

const lines: Line[] = [];

export function tell(line: Line): void {
  lines.push(line);
  console.log(`${line.machine}: ${line.story}: promised ${line.promised}; came: ${line.came}`);
}

const PAGE = fileURLToPath(new URL("../../../docs/machines.md", import.meta.url));

const HEAD = `# Whole machines

\`npm run test:machines\` takes real machines in QEMU (OVMF firmware with its own variables, a real vfat ESP, Debian's own
loaders, kernels and tools) through plan, apply, reboot, verify, undo and reboot, and cuts their power. What is promised is
read from \`plan --json\` and \`groups --json\`; what came is what the kernel itself shows after the reboot. \`MACHINES=all\`
takes every story of every machine. With \`MACHINES_PAGE=1\` a run writes its lines here, in the place of those of an older run.
`;
const COLUMNS = ["machine", "story", "promised", "came", "run of"];

/** Prints the table; with MACHINES_PAGE=1 its lines go to the page in docs. */
export async function printTable(): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const rows = lines.map(({ machine, story, promised, came }) =>
    [machine, story, promised, came, date].map(cell),
  );
  console.log(`\n${tableOf(rows)}\n`);
  if (process.env["MACHINES_PAGE"] === undefined) return;
  const isNew = (old: readonly string[]): boolean =>
    rows.some((row) => row[0] === old[0] && row[1] === old[1]);
  const kept = existsSync(PAGE) ? rowsOf(readFileSync(PAGE, "utf8")).filter((row) => !isNew(row)) : [];
  const page = `${HEAD}\n${tableOf([...kept, ...rows])}\n`;
  mkdirSync(dirname(PAGE), { recursive: true });
  writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const sorted = rows.toSorted(([a = ""], [b = ""]) => a.localeCompare(b, "en"));
  return [COLUMNS, COLUMNS.map(() => "---"), ...sorted].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Of a table that was written before, without its two lines of heading. */
function rowsOf(page: string): readonly (readonly string[])[] {
  const table = page.split("\n").filter((line) => line.startsWith("|"));
  return table.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((text) => text.trim()),
  );
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
