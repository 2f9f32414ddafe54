import { structuredPatch } from "diff";
import type { WriteFileStep } from "../../model/index.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";

/** Lines around each difference, as in diff -u. */
const CONTEXT = 3;

type Written = Pick<WriteFileStep, "path" | "before" | "content">;

export interface Hunk {
  readonly header: string;
  /** Each begins with `+`, `-`, a blank or a backslash. */
  readonly lines: readonly string[];
}

/** What differs in one file that a plan writes, as diff -u has it. */
export function hunksOf({ path, before, content }: Written): readonly Hunk[] {
  const patch = structuredPatch(path, path, before ?? "", content, undefined, undefined, {
    context: CONTEXT,
  });
  return patch.hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => ({
    header: `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
    lines,
  }));
}

/** The unified diff of one file that a plan writes. */
export function fileDiffLines(step: Written, style: Style): readonly TerminalText[] {
  const { path, before } = step;
  return [
    style.bold(text`  --- ${before === undefined ? "/dev/null" : path}`),
    style.bold(text`  +++ ${path}`),
    ...hunksOf(step).flatMap(({ header, lines }) => [
      style.dim(text`  ${header}`),
      ...lines.map((line) => text`  ${diffLine(line, style)}`),
    ]),
  ];
}

/** As diff(1) writes it: one line has no count, and of no lines the one before is named. */
function range(start: number, lines: number): string {
  if (lines === 1) return String(start);
  return `${lines === 0 ? start - 1 : start},${lines}`;
}

function diffLine(line: string, style: Style): TerminalText {
  if (line.startsWith("+")) return style.green(line);
  if (line.startsWith("-")) return style.red(line);
  return line.startsWith("\\") ? style.dim(line) : text`${line}`;
}
