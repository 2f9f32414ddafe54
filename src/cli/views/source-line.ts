import type { SourceRange } from "../../model/index.ts";
import type { TerminalText, Part } from "../terminal-text.ts";
import { text, visible } from "../terminal-text.ts";

/** Columns of source text that are shown at most; a longer line is cut around the place that matters. */
const WIDEST = 100;
/** Columns before the marked place that a cut leaves. */
const LEAD = 30;

const TAB = "    ";

/** The source line with its number, and below it a squiggle under the range. */
export function sourceLines(
  source: SourceRange,
  paint: (part: Part) => TerminalText,
): readonly TerminalText[] {
  const cells = cellsOf(source.text);
  const start = source.column - 1;
  // A range that goes on in the next lines is marked to the end of this one; an empty one gets one mark.
  const end = source.endLine > source.line ? Infinity : Math.max(source.endColumn - 1, start + 1);
  const before = widthOf(cells.filter(({ at }) => at < start));
  const marked = Math.max(1, widthOf(cells.filter(({ at }) => at >= start && at < end)));

  const shown = window(cells, before);
  const number = String(source.line).padStart(4);
  const gutter = " ".repeat(number.length);
  const squiggle = "~".repeat(Math.min(marked, WIDEST - shown.lead));
  return [text`${number} | ${shown.text}`, text`${gutter} | ${" ".repeat(shown.lead)}${paint(squiggle)}`];
}

/** One code point of a line: where it starts (UTF-16 code units), what a terminal shows for it, and how wide. */
interface Cell {
  readonly at: number;
  readonly shown: string;
  readonly width: number;
}

function cellsOf(line: string): readonly Cell[] {
  let at = 0;
  return Array.from(line).map((character) => {
    const shown = character === "\t" ? TAB : visible(character);
    const cell = { at, shown, width: shown === character ? columnsOf(character) : shown.length };
    at += character.length;
    return cell;
  });
}

/** East Asian wide characters and emoji take two columns (UAX #11), combining marks none. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u{ff01}-\u{ff60}\u{3000}-\u{303e}]/u;
const COMBINING = /[\p{Mn}\p{Me}]/u;

function columnsOf(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}

/** The part of a long line around column `mark`; `lead` is the column of the mark in it. */
function window(cells: readonly Cell[], mark: number): { readonly text: string; readonly lead: number } {
  const whole = widthOf(cells) <= WIDEST && mark < WIDEST;
  const from = whole ? 0 : Math.max(0, mark - LEAD);
  const kept: string[] = [];
  let column = 0;
  let skipped = 0;
  for (const { shown, width } of cells) {
    if (column < from) skipped += width;
    else if (column - skipped + width <= WIDEST) kept.push(shown);
    column += width;
  }
  const cutBefore = skipped > 0 ? "…" : "";
  const cutAfter = column - skipped > WIDEST ? "…" : "";
  return { text: cutBefore + kept.join("") + cutAfter, lead: mark - skipped + cutBefore.length };
}
