import { structuredPatch } from "diff";
import type { WriteFileStep } from "../../model/index.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";

/** Lines around each difference, as in diff -u. */
const CONTEXT = 3;

/** The unified diff of one file that a plan writes. */
export function fileDiffLines(
  step: Pick<WriteFileStep, "path" | "before" | "content">,
  style: Style,
): readonly TerminalText[] {
  const { path, before, content } = step;
  const patch = structuredPatch(path, path, before ?? "", content, undefined, undefined, {
    context: CONTEXT,
  });
  return [
    style.bold(text`  --- ${before === undefined ? "/dev/null" : path}`),
    style.bold(text`  +++ ${path}`),
    ...patch.hunks.flatMap((hunk) => [
      style.dim(
        text`  @@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
      ),
      ...hunk.lines.map((line) => text`  ${diffLine(line, style)}`),
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
