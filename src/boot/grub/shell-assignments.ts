import { known, unknown } from "../../facts/fact.ts";
import type { Fact } from "../../model/index.ts";

/**
 * Reads files that a POSIX shell sources (dash(1), "Word Expansions"), such as /etc/default/grub, without running
 * anything. What only a shell could know is unknown, with the line that made it so.
 */

export interface ShellFile {
  readonly path: string;
  readonly text: string;
}

/** One character of a value and where it stands; `to` is exclusive, both count UTF-16 code units. */
export interface Cell {
  readonly char: string;
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

/** A variable's value, character by character, so that a part of it can be cut out of the file that it came from. */
export type ShellValue = Fact<readonly Cell[]>;

/** The variables once all files were sourced in their order; later assignments win. */
export class ShellVariables {
  readonly #values = new Map<string, ShellValue>();
  /** Why nothing that was not assigned since is known. */
  #lost: string | undefined;

  /** Undefined for a variable that is not set. */
  get(name: string): ShellValue | undefined {
    return this.#values.get(name) ?? (this.#lost === undefined ? undefined : unknown(this.#lost));
  }

  set(name: string, value: ShellValue): void {
    this.#values.set(name, value);
  }

  unset(name: string): void {
    this.#values.delete(name);
  }

  loseAll(why: string): void {
    this.#values.clear();
    this.#lost = why;
  }
}

export function sourceFiles(files: readonly ShellFile[]): ShellVariables {
  const variables = new ShellVariables();
  for (const file of files) new Sourcing(file, variables).run();
  return variables;
}

/** The text of a value. */
export function textOf(cells: readonly Cell[]): string {
  return cells.map(({ char }) => char).join("");
}

/** Text as one shell word that is nothing but itself. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

interface Word {
  /** Unknown where a part of it can only be had by running the file. */
  readonly value: ShellValue;
  /** As it stands in the file, for keywords and names. */
  readonly raw: string;
  readonly line: number;
}

/** Words that begin what may run several times or never. */
const COMPOUND = new Set(["if", "case", "for", "while", "until", "{", "!", "function", "select", "[["]);
/** Commands that may change any variable, or end the file. */
const MEDDLING = new Set([
  ".",
  "source",
  "eval",
  "read",
  "exit",
  "return",
  "exec",
  "trap",
  "alias",
  "getopts",
]);
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)(\+?)=/;
const BLANK = /[ \t]/;

class Sourcing {
  readonly #file: ShellFile;
  readonly #text: string;
  readonly #variables: ShellVariables;
  #at = 0;

  constructor(file: ShellFile, variables: ShellVariables) {
    this.#file = file;
    this.#text = file.text;
    this.#variables = variables;
  }

  run(): void {
    while (this.#at < this.#text.length) {
      const start = this.#at;
      const { words, operator } = this.#command();
      if (!this.#carryOut(words, operator, start)) return;
    }
  }

  /** @returns Whether the next command can be read. */
  #carryOut(words: readonly Word[], operator: boolean, start: number): boolean {
    const assignments = words.map(({ raw }) => ASSIGNMENT.exec(raw));
    const first = assignments.findIndex((found) => found === null);
    const program = first === -1 ? undefined : words[first];
    if (operator || (program !== undefined && COMPOUND.has(program.raw))) {
      this.#giveUp(start);
      return false;
    }
    if (program === undefined) {
      for (const [index, word] of words.entries()) this.#assign(word, assignments[index]);
      return true;
    }
    if (MEDDLING.has(program.raw)) {
      this.#variables.loseAll(`${this.#where(program.line)} runs "${program.raw}"`);
      return true;
    }
    if (program.raw === "export" || program.raw === "readonly") {
      for (const word of words.slice(first + 1)) this.#assign(word, ASSIGNMENT.exec(word.raw));
    } else if (program.raw === "unset") {
      for (const { raw } of words.slice(first + 1)) this.#variables.unset(raw);
    }
    // Any other program gets copies of the variables.
    return true;
  }

  #assign(word: Word, found: RegExpExecArray | null | undefined): void {
    const [whole, name, plus] = found ?? [];
    if (whole === undefined || name === undefined) return;
    if (plus === "+") {
      this.#variables.set(name, unknown(`${this.#where(word.line)} uses +=, which sh does not know`));
      return;
    }
    const { value } = word;
    this.#variables.set(name, value.known ? known(value.value.slice(whole.length)) : value);
  }

  /** From here on only a shell could tell what is run: all that is assigned below is lost. */
  #giveUp(start: number): void {
    const rest = this.#text.slice(start);
    const line = this.#lineAt(start + (/\S/.exec(rest)?.index ?? 0));
    const why = `${this.#where(line)} is more than an assignment`;
    if (/(^|[\s;&|])(\.|source|eval|read|unset|exit|return)\s/m.test(rest)) this.#variables.loseAll(why);
    for (const [, name = ""] of rest.matchAll(/\b([A-Za-z_][A-Za-z0-9_]*)\+?=/g))
      this.#variables.set(name, unknown(why));
    this.#at = this.#text.length;
  }

  /** The words up to the end of a simple command, and whether an operator ended it. */
  #command(): { words: Word[]; operator: boolean } {
    const words: Word[] = [];
    for (;;) {
      this.#skipBlanks();
      const char = this.#text[this.#at];
      if (char === undefined) return { words, operator: false };
      if (char === "\n" || (char === ";" && this.#text[this.#at + 1] !== ";")) {
        this.#at++;
        if (words.length > 0) return { words, operator: false };
        continue;
      }
      if (char === "#") {
        this.#skipComment();
        continue;
      }
      if (/[&|<>();]/.test(char)) return { words, operator: true };
      const word = this.#word();
      if (word === undefined) return { words, operator: true };
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
  #word(): Word | undefined {
    const start = this.#at;
    const line = this.#lineAt(start);
    const cells: Cell[] = [];
    let why: string | undefined;
    const take = (value: ShellValue | undefined): void => {
      if (value === undefined) return;
      if (value.known) cells.push(...value.value);
      else why ??= value.why;
    };
    let quoted = false;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) {
        if (quoted) return undefined;
        break;
      }
      if (char === '"') {
        quoted = !quoted;
        this.#at++;
      } else if (!quoted && /[\s;&|<>()]/.test(char)) break;
      else if (!quoted && char === "'") {
        const end = this.#text.indexOf("'", this.#at + 1);
        if (end === -1) return undefined;
        for (this.#at++; this.#at < end; this.#at++) cells.push(this.#cell(this.#at, this.#at + 1));
        this.#at++;
      } else if (char === "\\") cells.push(...this.#escape(quoted));
      else if (char === "$") take(this.#expansion(line));
      else if (char === "`") {
        if (!this.#skipBackticks()) return undefined;
        why ??= `${this.#where(line)} runs a command`;
      } else {
        // A bare ~ at the start of a value is a home folder.
        if (char === "~" && !quoted && /(^|[=:])$/.test(this.#text.slice(start, this.#at)))
          why ??= `${this.#where(line)} names a home folder`;
        cells.push(this.#cell(this.#at, this.#at + 1));
        this.#at++;
      }
    }
    const raw = this.#text.slice(start, this.#at);
    return { value: why === undefined ? known(cells) : unknown(why), raw, line };
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
      if (value !== undefined || name.startsWith("GRUB_")) return value;
      return unknown(`${this.#where(line)} uses $${name}, which is set elsewhere`);
    }
    if (/^\$[^({A-Za-z0-9_@*#?$!-]|^\$$/.test(rest)) {
      this.#at++;
      return known([this.#cell(this.#at - 1, this.#at)]);
    }
    this.#skipExpansion();
    return unknown(`${this.#where(line)} runs a command or computes a value`);
  }

  /** Past `$(…)`, `${…}` or `$x`, brackets balanced. */
  #skipExpansion(): void {
    const open = this.#text[this.#at + 1];
    this.#at += 2;
    if (open !== "(" && open !== "{") return;
    const close = open === "(" ? ")" : "}";
    for (let depth = 1; depth > 0 && this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at];
      if (char === "\\") this.#at++;
      else if (char === "'" || char === '"') this.#skipQuoted(char);
      else if (char === open) depth++;
      else if (char === close) depth--;
    }
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

  #lineAt(offset: number): number {
    return this.#text.slice(0, offset).split("\n").length;
  }

  #where(line: number): string {
    return `${this.#file.path}:${line}`;
  }
}
