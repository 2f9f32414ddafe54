import { known, unknown } from "../../facts/fact.ts";
import { isOdd, oddCharacter } from "./shell-faults.ts";
import type { Cell, ShellValue, ShellWord } from "./shell-value.ts";
import type { ShellVariables } from "./shell-variables.ts";

export interface ShellFile {
  readonly path: string;
  readonly text: string;
}

export type CommandEnd = "line" | "operator" | "never";

export interface ShellCommand {
  readonly words: readonly ShellWord[];
  readonly end: CommandEnd;
  /** Where it begins in the file, in UTF-16 code units. */
  readonly start: number;
}

/** sh has no other blanks (POSIX, "Token Recognition"): a carriage return or a no-break space is a part of a word. */
const BLANK = /[ \t]/;
const ENDS_WORD = /[ \t\n;&|<>()]/;

/** Settings that nobody has in the environment, so what no file sets is not set: GRUB's, and those of Debian's xen.cfg. */
const OWN = /^(?:GRUB_|XEN_OVERRIDE_)/;

/**
 * Where the quote that is never closed stands, most likely: a value of these files has no line break, so the first
 * quote behind which an assignment begins a line. A word with such a quote goes on to the end of the file.
 */
function opened(text: string, start: number): number {
  for (const { index, 0: open } of text.matchAll(/["'`]/g)) {
    if (index < start) continue;
    const end = text.indexOf(open, index + 1);
    const inside = text.slice(index + 1, end === -1 ? undefined : end);
    if (end === -1 || /\n[ \t]*(?:export[ \t]+)?[A-Za-z_]\w*=/.test(inside)) return index;
  }
  return start;
}

/** Far more than any setting has; a variable that doubles itself in each line has no end. */
const MOST_CHARACTERS = 65_536;

/**
 * The words of a file that a POSIX shell sources (dash(1), "Word Expansions"), a command at a time. A word is expanded with
 * the variables as they are when it is read.
 */
export class ShellWords {
  readonly #file: ShellFile;
  readonly #text: string;
  readonly #variables: ShellVariables;
  #counted = { to: 0, line: 1 };
  #at = 0;

  constructor(file: ShellFile, variables: ShellVariables) {
    this.#file = file;
    this.#text = file.text;
    this.#variables = variables;
  }

  get path(): string {
    return this.#file.path;
  }

  /** Undefined at the end of the file. */
  next(): ShellCommand | undefined {
    const start = this.#at;
    return start < this.#text.length ? { ...this.#command(), start } : undefined;
  }

  /** What sh takes for a redirection right behind the last word, e.g. `>2`. */
  redirection(): string | undefined {
    if (BLANK.test(this.#text[this.#at - 1] ?? "")) return undefined;
    return /^[<>][^\s;&|()]*/.exec(this.#text.slice(this.#at))?.[0];
  }

  /** The file from a command on, which nobody can follow. */
  giveUp(start: number): { readonly line: number; readonly rest: string } {
    this.#at = this.#text.length;
    const rest = this.#text.slice(start);
    return { line: this.#lineAt(start + (/\S/.exec(rest)?.index ?? 0)), rest };
  }

  /** The line as a person names it, `FILE:LINE`. */
  where(line: number): string {
    return `${this.#file.path}:${line}`;
  }

  fault(line: number, what: string, hint?: string, stops = true): void {
    const { path: file } = this.#file;
    this.#variables.faults.push({ file, line, what, stops, hint });
  }

  #neverClosed(start: number, mark: string): void {
    const at = opened(this.#text, start);
    this.fault(
      this.#lineAt(at),
      `the ${mark} is never closed`,
      "close it, or update-grub ends with an error",
    );
  }

  /** The words up to the end of a simple command, and what ended it. */
  #command(): { words: ShellWord[]; end: CommandEnd } {
    const words: ShellWord[] = [];
    for (;;) {
      this.#skipBlanks();
      const char = this.#text[this.#at];
      if (char === undefined) return { words, end: "line" };
      if (char === "\n" || (char === ";" && this.#text[this.#at + 1] !== ";")) {
        this.#at++;
        if (words.length > 0) return { words, end: "line" };
        continue;
      }
      if (char === "#") {
        this.#skipComment();
        continue;
      }
      if (ENDS_WORD.test(char)) return { words, end: "operator" };
      const word = this.#word();
      if (word === undefined) return { words, end: "never" };
      words.push(word);
    }
  }

  #skipBlanks(): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char !== undefined && BLANK.test(char)) this.#at++;
      else if (char === "\\" && this.#text[this.#at + 1] === "\n") this.#at += 2;
      else return;
    }
  }

  #skipComment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#text.length : end;
  }

  /** Undefined where a quote is never closed. */
  #word(): ShellWord | undefined {
    const start = this.#at;
    const line = this.#lineAt(start);
    const cells: Cell[] = [];
    let why: string | undefined;
    const take = (value: ShellValue | undefined): void => {
      if (value === undefined) return;
      if (!value.known) why ??= value.why;
      else if (cells.length + value.value.length > MOST_CHARACTERS)
        why ??= `${this.where(line)} makes a value of more than ${MOST_CHARACTERS} characters`;
      else for (const cell of value.value) cells.push(cell);
    };
    let quoted = false;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) {
        if (!quoted) break;
        this.#neverClosed(start, "quote");
        return undefined;
      }
      if (char === '"') {
        quoted = !quoted;
        this.#at++;
      } else if (!quoted && ENDS_WORD.test(char)) break;
      else if (!quoted && char === "'") {
        const end = this.#text.indexOf("'", this.#at + 1);
        if (end === -1) {
          this.#neverClosed(start, "quote");
          return undefined;
        }
        for (this.#at++; this.#at < end; this.#at++) {
          cells.push(this.#cell(this.#at, this.#at + 1));
          this.#look(start, true);
        }
        this.#at++;
      } else if (char === "\\") {
        this.#look(start, quoted, 1);
        cells.push(...this.#escape(quoted));
      } else if (char === "$") take(this.#expansion(line));
      else if (char === "`") {
        if (!this.#skipBackticks()) {
          this.#neverClosed(start, "backquote");
          return undefined;
        }
        why ??= `${this.where(line)} runs a command`;
      } else {
        // A bare ~ at the start of a value is a home folder.
        if (char === "~" && !quoted && /(^|[=:])$/.test(this.#text.slice(start, this.#at)))
          why ??= `${this.where(line)} names a home folder`;
        cells.push(this.#cell(this.#at, this.#at + 1));
        this.#look(start, quoted);
        this.#at++;
      }
    }
    const raw = this.#text.slice(start, this.#at);
    return { value: why === undefined ? known(cells) : unknown(why), raw, from: start, line };
  }

  /** A character that only looks like a blank; one fault a line is enough. */
  #look(start: number, quoted: boolean, ahead = 0): void {
    const char = this.#text[this.#at + ahead] ?? "";
    if (!isOdd(char)) return;
    const { path: file } = this.#file;
    const line = this.#lineAt(this.#at);
    const last = this.#variables.faults.at(-1);
    if (last?.file === file && last.line === line) return;
    const word = this.#text.slice(start, this.#at);
    this.#variables.faults.push({ file, line, ...oddCharacter(char, file, { word, quoted }) });
  }

  #cell(from: number, to: number): Cell {
    return { char: this.#text[to - 1] ?? "", file: this.#file.path, from, to };
  }

  /** In double quotes a backslash is only special before a few characters. */
  #escape(quoted: boolean): Cell[] {
    const from = this.#at;
    const next = this.#text[from + 1];
    if (next === undefined || (quoted && !'$`"\\\n'.includes(next))) {
      this.#at++;
      return [this.#cell(from, from + 1)];
    }
    this.#at += 2;
    return next === "\n" ? [] : [this.#cell(from, from + 2)];
  }

  #expansion(line: number): ShellValue | undefined {
    const rest = this.#text.slice(this.#at);
    const [whole, plain, braced] =
      /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/.exec(rest) ?? [];
    const name = plain ?? braced;
    // A line break behind a backslash vanishes before anything else, so the name would go on behind it.
    if (whole !== undefined && name !== undefined && !rest.startsWith("\\\n", whole.length)) {
      this.#at += whole.length;
      const value = this.#variables.get(name);
      if (value !== undefined || OWN.test(name)) return value;
      return unknown(`${this.where(line)} uses $${name}, which is set elsewhere`);
    }
    if (/^\$[^({A-Za-z0-9_@*#?$!-]|^\$$/.test(rest)) {
      this.#at++;
      return known([this.#cell(this.#at - 1, this.#at)]);
    }
    this.#skipExpansion();
    return unknown(`${this.where(line)} runs a command or computes a value`);
  }

  /** Past `$(…)`, `${…}` or `$x`, brackets balanced. */
  #skipExpansion(): void {
    const start = this.#at;
    const open = this.#text[this.#at + 1];
    this.#at += 2;
    if (open !== "(" && open !== "{") return;
    const close = open === "(" ? ")" : "}";
    let depth = 1;
    for (; depth > 0 && this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at];
      if (char === "\\") this.#at++;
      else if (char === "'" || char === '"') this.#skipQuoted(char);
      else if (char === open) depth++;
      else if (char === close) depth--;
    }
    if (depth > 0) this.fault(this.#lineAt(start), `the "$${open}" is never closed`);
  }

  /** Leaves off at the closing quote. */
  #skipQuoted(quote: string): void {
    for (this.#at++; this.#at < this.#text.length && this.#text[this.#at] !== quote; this.#at++)
      if (quote === '"' && this.#text[this.#at] === "\\") this.#at++;
  }

  #skipBackticks(): boolean {
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at];
      if (char === "\\") this.#at++;
      else if (char === "`") {
        this.#at++;
        return true;
      }
    }
    return false;
  }

  /** The file is read from its start to its end, so what was counted is not counted again. */
  #lineAt(offset: number): number {
    if (offset < this.#counted.to) this.#counted = { to: 0, line: 1 };
    const { to, line } = this.#counted;
    this.#counted = { to: offset, line: line + this.#text.slice(to, offset).split("\n").length - 1 };
    return this.#counted.line;
  }
}
