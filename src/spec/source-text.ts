import type { SourceRange } from "../model/index.ts";
import type { Span } from "./problem.ts";

/** A text with its line starts found once, so that a position costs a binary search. */
export class SourceText {
  readonly text: string;
  readonly #file: string;
  readonly #lineStarts: readonly number[];

  constructor(file: string, text: string) {
    this.#file = file;
    this.text = text;
    this.#lineStarts = lineStarts(text);
  }

  range(span: Span): SourceRange {
    const line = this.#lineAt(span.start);
    const endLine = this.#lineAt(Math.max(span.start, span.end));
    return {
      file: this.#file,
      line: line + 1,
      column: span.start - this.#startOf(line) + 1,
      endLine: endLine + 1,
      endColumn: Math.max(span.start, span.end) - this.#startOf(endLine) + 1,
      text: this.#lineText(line),
    };
  }

  /** The line that holds `offset`, counted from 0, without its line break. */
  lineTextAt(offset: number): string {
    return this.#lineText(this.#lineAt(offset));
  }

  /** The part of a span that is on its first line. */
  firstLineOf({ start, end }: Span): Span {
    return { start, end: Math.min(end, this.lineStartAt(start) + this.lineTextAt(start).length) };
  }

  /** Offset of the first character of the line that holds `offset`. */
  lineStartAt(offset: number): number {
    return this.#startOf(this.#lineAt(offset));
  }

  #lineText(line: number): string {
    const end = this.#lineStarts[line + 1] ?? this.text.length + 1;
    const text = this.text.slice(this.#startOf(line), end - 1);
    return text.endsWith("\r") ? text.slice(0, -1) : text;
  }

  #startOf(line: number): number {
    return this.#lineStarts[line] ?? this.text.length;
  }

  #lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#startOf(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
