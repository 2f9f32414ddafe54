import { mkdirSync, writeFileSync } from "node:fs";
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

/** Prints the table; with MACHINES_PAGE=1 it becomes the page in docs. */
export async function printTable(): Promise<void> {
  const rows = lines
    .toSorted((a, b) => a.machine.localeCompare(b.machine, "en"))
    .map(({ machine, story, promised, came }) => [machine, story, promised, came].map(cell));
  const table = [["machine", "story", "promised", "came"], ["---", "---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
  console.log(`\n${table}\n`);
  if (process.env["MACHINES_PAGE"] === undefined) return;
  const date = new Date().toISOString().slice(0, 10);
  const which = process.env["MACHINES"] === "all" ? "every story" : "the stories of each run";
  const page = `${HEAD}\nThe run of ${date}, ${which}:\n\n${table}\n`;
  mkdirSync(dirname(PAGE), { recursive: true });
  writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
}

const HEAD = `# Whole machines

\`npm run test:machines\` takes real machines in QEMU (OVMF firmware with its own variables, a real vfat ESP, Debian's own
loaders, kernels and tools) through plan, apply, reboot, verify, undo and reboot, and cuts their power. What is promised is
read from \`plan --json\` and \`groups --json\`; what came is what the kernel itself shows after the reboot. \`MACHINES=all\`
takes every story; with \`MACHINES_PAGE=1\` a run writes this page.
`;

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
