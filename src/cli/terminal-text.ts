import { styleText } from "node:util";

type Format = "bold" | "dim" | "green" | "yellow" | "red";

/**
 * Text that may go to a terminal: every control character in it is one of ours.
 *
 * What comes from the host or the spec can only get in through {@link visible}, so a hostile file name neither
 * moves the cursor, nor forges a line, nor turns the reading direction. Views are built from this type and not
 * from strings, so that forgetting it does not compile.
 */
export class TerminalText {
  readonly written: string;
  /** Where its further lines begin if it is wrapped; undefined: it is never wrapped. */
  readonly #hang: number | undefined;

  private constructor(written: string, hang?: number) {
    this.written = written;
    this.#hang = hang;
  }

  static of(part: Part): TerminalText {
    return part instanceof TerminalText ? part : new TerminalText(visible(String(part)));
  }

  static fromTemplate(literals: readonly string[], parts: readonly Part[]): TerminalText {
    const shown = parts.map((part) => TerminalText.of(part).written);
    return new TerminalText(literals.map((literal, at) => literal + (shown[at] ?? "")).join(""));
  }

  painted(format: Format): TerminalText {
    return new TerminalText(styleText(format, this.written, { validateStream: false }), this.#hang);
  }

  /** The same line, which may be broken between two words; its further lines begin at column `hang`. */
  wrapped(hang: number): TerminalText {
    return new TerminalText(this.written, hang);
  }

  /** In columns, without what only sets colours. */
  get width(): number {
    return widthOf(this.written);
  }

  /** As it is written to a stream that is so wide; undefined: any width. A word that is too long stays whole. */
  within(columns: number | undefined): string {
    if (columns === undefined || this.#hang === undefined || this.width <= columns) return this.written;
    const indent = " ".repeat(this.#hang);
    const [lead = ""] = /^ */.exec(this.written) ?? [];
    const lines: string[] = [];
    let line = lead;
    for (const [, gap = "", word = ""] of this.written.slice(lead.length).matchAll(/( *)([^ ]+)/g)) {
      const empty = line.trim() === "";
      if (!empty && widthOf(line + gap + word) > columns) {
        lines.push(line);
        line = indent + word;
      } else line += gap + word;
    }
    return [...lines, line].join("\n");
  }
}

/** What may be put into a {@link text} template; plain strings are made visible. */
export type Part = TerminalText | string | number;

/** A line of output: its literal part is ours, everything in `${}` is made safe. */
export function text(literals: TemplateStringsArray, ...parts: readonly Part[]): TerminalText {
  return TerminalText.fromTemplate(literals, parts);
}

/** The end of every view: lines as they are written to a stream, no wider than that where it is known how wide it is. */
export function written(
  lines: readonly TerminalText[],
  { columns }: { readonly columns: number | undefined },
): string {
  return lines.map((line) => `${line.within(columns)}\n`).join("");
}

/** What styleText writes around a painted text. */
// eslint-disable-next-line no-control-regex -- these are the only control characters that a TerminalText has
const PAINT = /\u001b\[\d+m/g;

function widthOf(line: string): number {
  return line.replace(PAINT, "").length;
}

/** Control, format (bidirectional marks are among them), line and paragraph separators, lone surrogates. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** The text on one line, with an escape like `\x1b` for each character that a terminal would obey or hide. */
export function visible(raw: string): string {
  return raw.replace(INVISIBLE, (character) => SHORT.get(character) ?? escaped(character));
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`;
}
