import { known, unknown } from "../../facts/fact.ts";
import { conditionOf } from "./shell-conditions.ts";
import type { ShellWord } from "./shell-value.ts";
import { ShellVariables } from "./shell-variables.ts";
import type { CommandEnd, ShellFile } from "./shell-words.ts";
import { ShellWords } from "./shell-words.ts";

/**
 * Follows files that a POSIX shell sources, such as /etc/default/grub, without running anything. What only a shell could
 * know is unknown, with the line that made it so.
 */
export function sourceFiles(files: readonly ShellFile[]): ShellVariables {
  const variables = new ShellVariables();
  for (const file of files) new Sourcing(new ShellWords(file, variables), variables).run();
  return variables;
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
/** An assignment that sh does not take for one, up to its value. */
const SPACED = /^[A-Za-z_][A-Za-z0-9_]*(?: =|= ) ?/;
const KEYWORDS = new Set(["if", "then", "elif", "else", "fi"]);
const NEVER_CLOSED = 'the "if" is never closed by "fi"';

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

/** `NAME=some text` with the text in double quotes. */
function quoted(assignment: string): string {
  return assignment.replace(ASSIGNMENT, '$&"') + '"';
}

class Sourcing {
  readonly #file: ShellWords;
  readonly #variables: ShellVariables;
  readonly #branches: Branch[] = [];

  constructor(file: ShellWords, variables: ShellVariables) {
    this.#file = file;
    this.#variables = variables;
  }

  run(): void {
    for (let command = this.#file.next(); command !== undefined; command = this.#file.next())
      if (!this.#follow(command.words, command.end, command.start)) return;
    const open = this.#branches.at(-1);
    if (open !== undefined) this.#file.fault(open.line, NEVER_CLOSED);
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
    else if (keyword === "then") return this.#behind(rest, end, start);
    else if (branch !== undefined) {
      const holds = branch.idle || branch.taken ? false : keyword === "else" || conditionOf(rest);
      if (holds === undefined) return this.#giveUp(start);
      branch.runs = holds;
      branch.taken ||= holds;
      if (keyword === "else") return this.#behind(rest, end, start);
    }
    return true;
  }

  /** The command behind `then` or `else` on their line: none begins with another part of a condition. */
  #behind(words: readonly ShellWord[], end: CommandEnd, start: number): boolean {
    const [first] = words;
    if (first === undefined) return true;
    const isPart = first.raw !== "if" && KEYWORDS.has(first.raw);
    return isPart ? this.#giveUp(start) : this.#follow(words, end, start);
  }

  /** @returns Whether the next command can be read. */
  #carryOut(words: readonly ShellWord[], start: number): boolean {
    const assignments = words.map(({ raw }) => ASSIGNMENT.exec(raw));
    const first = assignments.findIndex((found) => found === null);
    const program = first === -1 ? undefined : words[first];
    if (program !== undefined && COMPOUND.has(program.raw)) return this.#giveUp(start);
    if (program === undefined) {
      // To a shell that does not know += such a word is a program, and the others are for that alone.
      const mixed = assignments.some((found) => found?.[2] === "+");
      for (const [index, word] of words.entries()) this.#assign(word, assignments[index], mixed);
      return true;
    }
    if (MEDDLING.has(program.raw)) {
      this.#variables.loseAll(`${this.#file.where(program.line)} runs "${program.raw}"`);
      return true;
    }
    if (program.raw === "export" || program.raw === "readonly") {
      for (const word of words.slice(first + 1)) this.#assign(word, ASSIGNMENT.exec(word.raw));
    } else if (program.raw === "unset") {
      for (const { raw } of words.slice(first + 1)) this.#variables.unset(raw);
    } else this.#unquoted(words, program, assignments[0]?.[1] ?? "");
    // Any other program gets copies of the variables.
    return true;
  }

  /** What a person means for the value of a setting, and sh for a program to run. */
  #unquoted(words: readonly ShellWord[], { raw, line }: ShellWord, name: string): void {
    const all = words.map((word) => word.raw).join(" ");
    const [spaced] = SPACED.exec(all) ?? [];
    const isSetting = name.startsWith("GRUB_") && !raw.includes("$");
    const why = `sh takes "${raw}" for a program to run`;
    if (spaced !== undefined && (isSetting || name === "")) {
      const meant = spaced.replaceAll(" ", "") + all.slice(spaced.length);
      const right = meant.includes(" ") ? quoted(meant) : meant;
      this.#file.fault(line, `${all} has a blank beside the "=", and ${why}`, `write ${right}`);
    } else if (isSetting)
      this.#file.fault(
        line,
        `${words[0]?.raw ?? ""} ${raw} needs quotes: ${why}`,
        `put the value in quotes: ${quoted(all)}`,
      );
  }

  /** `GRUB_DEFAULT=1>2`: a person means the text, sh a file. */
  #redirected(words: readonly ShellWord[]): void {
    const last = words.at(-1);
    const behind = this.#file.redirection();
    if (last === undefined || behind === undefined || !ASSIGNMENT.test(last.raw)) return;
    const all = last.raw + behind;
    this.#file.fault(
      last.line,
      `${all} needs quotes: sh takes ${behind} for a redirection`,
      `write ${quoted(all)}`,
      false,
    );
  }

  #assign(word: ShellWord, found: RegExpExecArray | null | undefined, mixed = false): void {
    const [whole, name, plus] = found ?? [];
    if (whole === undefined || name === undefined) return;
    if (plus === "+" || mixed) {
      this.#variables.set(name, unknown(`${this.#file.where(word.line)} uses +=, which not every sh knows`));
      return;
    }
    const { value } = word;
    const { path: file } = this.#file;
    this.#variables.set(name, value.known ? known(value.value.slice(whole.length)) : value, {
      file,
      line: word.line,
      from: word.from + whole.length,
      to: word.from + word.raw.length,
      inCondition: this.#branches.length > 0,
    });
  }

  /** From here on only a shell could tell what is run: all that is assigned below is lost. */
  #giveUp(start: number): false {
    const { line, rest } = this.#file.giveUp(start);
    const open = this.#openIn(rest.trimStart(), line);
    if (open !== undefined) this.#file.fault(open, NEVER_CLOSED);
    const why = `${this.#file.where(line)} is more than an assignment`;
    if (/(^|[\s;&|])(\.|source|eval|read|unset|exit|return)\s/m.test(rest)) this.#variables.loseAll(why);
    for (const [, name = ""] of rest.matchAll(/\b([A-Za-z_][A-Za-z0-9_]*)\+?=/g))
      this.#variables.set(name, unknown(why));
    return false;
  }

  /** The line of an `if` that nothing closes; undefined where each is closed, or where only a shell could tell. */
  #openIn(text: string, line: number): number | undefined {
    const open = this.#branches.map((branch) => branch.line);
    const rest = new ShellWords({ path: "", text }, new ShellVariables());
    for (let command = rest.next(); command !== undefined; command = rest.next()) {
      const [first, second] = command.words;
      const begins = first?.raw === "then" || first?.raw === "else" ? second : first;
      if (command.end !== "line" || COMPOUND.has(begins?.raw ?? "")) return undefined;
      if (begins?.raw === "if") open.push(line + begins.line - 1);
      else if (begins?.raw === "fi") open.pop();
    }
    return open.at(-1);
  }
}
