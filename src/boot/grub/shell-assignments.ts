import { known, unknown } from "../../facts/fact.ts";
import { conditionOf } from "./shell-conditions.ts";
import type { ShellFault } from "./shell-faults.ts";
import { isOdd, oddCharacter } from "./shell-faults.ts";
import type { Cell, ShellValue, ShellWord } from "./shell-value.ts";

export type { Cell } from "./shell-value.ts";
export { textOf } from "./shell-value.ts";

/**
 * Reads files that a POSIX shell sources (dash(1), "Word Expansions"), such as /etc/default/grub, without running
 * anything. What only a shell could know is unknown, with the line that made it so.
 */

export interface ShellFile {
  readonly path: string;
  readonly text: string;
}

/** The variables once all files were sourced in their order; later assignments win. */
export class ShellVariables {
  readonly #values = new Map<string, ShellValue>();
  /** What sh stumbles over, in the order of the files. */
  readonly faults: ShellFault[] = [];
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

/** Text as one shell word that is nothing but itself. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Words that begin what may run several times or never; of these, conditions are followed where they are plain. */
const COMPOUND = new Set(["case", "for", "while", "until", "{", "!", "function", "select", "[["]);
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
/** sh has no other blanks (POSIX, "Token Recognition"): a carriage return or a no-break space is a part of a word. */
const BLANK = /[ \t]/;
const ENDS_WORD = /[ \t\n;&|<>()]/;

/** An `if` that is open. */
interface Branch {
  readonly line: number;
  /** What stands in the present branch is run. */
  runs: boolean;
  /** One of its branches was taken, so no other one is. */
  taken: boolean;
  /** It stands where nothing is run. */
  readonly idle: boolean;
}

type CommandEnd = "line" | "operator" | "never";
/** Settings that nobody has in the environment, so what no file sets is not set: GRUB's, and those of Debian's xen.cfg. */
const OWN = /^(?:GRUB_|XEN_OVERRIDE_)/;
const KEYWORDS = new Set(["if", "then", "elif", "else", "fi"]);

/** `NAME=some text` with the text in double quotes. */
function quoted(assignment: string): string {
  return assignment.replace(ASSIGNMENT, '$&"') + '"';
}

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

class Sourcing {
  readonly #file: ShellFile;
  readonly #text: string;
  readonly #variables: ShellVariables;
  readonly #branches: Branch[] = [];
  #counted = { to: 0, line: 1 };
  #at = 0;

  constructor(file: ShellFile, variables: ShellVariables) {
    this.#file = file;
    this.#text = file.text;
    this.#variables = variables;
  }

  run(): void {
    while (this.#at < this.#text.length) {
      const start = this.#at;
      const { words, end } = this.#command();
      if (!this.#follow(words, end, start)) return;
    }
    const open = this.#branches.at(-1);
    if (open !== undefined) this.#fault(open.line, 'the "if" is never closed by "fi"');
  }

  /** @returns Whether the next command can be read. */
  #follow(words: readonly ShellWord[], end: CommandEnd, start: number): boolean {
    const [first, ...rest] = words;
    const branch = this.#branches.at(-1);
    const runs = branch?.runs !== false;
    const keyword = first === undefined || !KEYWORDS.has(first.raw) ? undefined : first.raw;
    if (end === "operator" || (keyword !== undefined && keyword !== "if" && branch === undefined)) {
      this.#redirected(words);
      return this.#giveUp(start);
    }
    if (end === "never") return this.#giveUp(start);
    if (first === undefined || keyword === undefined)
      return runs ? this.#carryOut(words, start) : !COMPOUND.has(first?.raw ?? "") || this.#giveUp(start);
    if (keyword === "if") {
      const holds = runs ? conditionOf(rest) : false;
      if (holds === undefined) return this.#giveUp(start);
      this.#branches.push({ line: first.line, runs: holds, taken: holds, idle: !runs });
    } else if (keyword === "fi") this.#branches.pop();
    else if (keyword === "then") return rest.length === 0 || this.#follow(rest, end, start);
    else if (branch !== undefined) {
      const holds = branch.idle || branch.taken ? false : keyword === "else" || conditionOf(rest);
      if (holds === undefined) return this.#giveUp(start);
      branch.runs = holds;
      branch.taken ||= holds;
      if (keyword === "else") return rest.length === 0 || this.#follow(rest, end, start);
    }
    return true;
  }

  /** @returns Whether the next command can be read. */
  #carryOut(words: readonly ShellWord[], start: number): boolean {
    const assignments = words.map(({ raw }) => ASSIGNMENT.exec(raw));
    const first = assignments.findIndex((found) => found === null);
    const program = first === -1 ? undefined : words[first];
    if (program !== undefined && COMPOUND.has(program.raw)) return this.#giveUp(start);
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
    } else if ((assignments[0]?.[1] ?? "").startsWith("GRUB_") && !program.raw.includes("$"))
      this.#fault(
        program.line,
        `${words[0]?.raw ?? ""} ${program.raw} needs quotes: sh takes "${program.raw}" for a program to run`,
        `put the value in quotes: ${quoted(words.map(({ raw }) => raw).join(" "))}`,
      );
    // Any other program gets copies of the variables.
    return true;
  }

  /** `GRUB_DEFAULT=1>2`: a person means the text, sh a file. */
  #redirected(words: readonly ShellWord[]): void {
    const last = words.at(-1);
    const [behind] = /^[<>][^\s;&|()]*/.exec(this.#text.slice(this.#at)) ?? [];
    if (last === undefined || behind === undefined || !ASSIGNMENT.test(last.raw)) return;
    if (BLANK.test(this.#text[this.#at - 1] ?? "")) return;
    const all = last.raw + behind;
    this.#fault(
      last.line,
      `${all} needs quotes: sh takes ${behind} for a redirection`,
      `write ${quoted(all)}`,
      false,
    );
  }

  #assign(word: ShellWord, found: RegExpExecArray | null | undefined): void {
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
  #giveUp(start: number): false {
    const rest = this.#text.slice(start);
    const line = this.#lineAt(start + (/\S/.exec(rest)?.index ?? 0));
    const why = `${this.#where(line)} is more than an assignment`;
    if (/(^|[\s;&|])(\.|source|eval|read|unset|exit|return)\s/m.test(rest)) this.#variables.loseAll(why);
    for (const [, name = ""] of rest.matchAll(/\b([A-Za-z_][A-Za-z0-9_]*)\+?=/g))
      this.#variables.set(name, unknown(why));
    this.#at = this.#text.length;
    return false;
  }

  #fault(line: number, what: string, hint?: string, stops = true): void {
    const { path: file } = this.#file;
    this.#variables.faults.push({ file, line, what, stops, ...(hint === undefined ? {} : { hint }) });
  }

  #neverClosed(start: number, mark: string): void {
    const at = opened(this.#text, start);
    this.#fault(
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
      if (value.known) cells.push(...value.value);
      else why ??= value.why;
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
        why ??= `${this.#where(line)} runs a command`;
      } else {
        // A bare ~ at the start of a value is a home folder.
        if (char === "~" && !quoted && /(^|[=:])$/.test(this.#text.slice(start, this.#at)))
          why ??= `${this.#where(line)} names a home folder`;
        cells.push(this.#cell(this.#at, this.#at + 1));
        this.#look(start, quoted);
        this.#at++;
      }
    }
    const raw = this.#text.slice(start, this.#at);
    return { value: why === undefined ? known(cells) : unknown(why), raw, line };
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
    if (depth > 0) this.#fault(this.#lineAt(start), `the "$${open}" is never closed`);
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

  #where(line: number): string {
    return `${this.#file.path}:${line}`;
  }
}
