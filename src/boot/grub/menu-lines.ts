import type { Variables } from "./script-conditions.ts";
import { holds } from "./script-conditions.ts";
import type { ScriptWord } from "./words.ts";
import { scriptWords } from "./words.ts";

/** One command of a GRUB script. */
export interface Command {
  /** From its first word to the end of the line. */
  readonly text: string;
  readonly words: readonly ScriptWord[];
  /** Whether it is carried out: undefined where only GRUB knows, for {@link condition}. */
  readonly runs: boolean | undefined;
  /** The condition that decides it and is not known. */
  readonly condition?: string | undefined;
}

interface Branch {
  /** Undefined where it is not known. */
  now: boolean | undefined;
  /** One of the branches was taken for certain. */
  taken: boolean;
  /** What is not known. */
  why: string | undefined;
}

/** Follows `if`, `elif`, `else` and `fi`, and loops, through the lines of a script. */
export class Conditions {
  readonly #open: Branch[] = [];
  readonly #variables: Variables;

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  /** The commands of the next line that are no part of a condition themselves. */
  commands(line: string): Command[] {
    return split(line).flatMap((text) => this.#command(text));
  }

  #command(text: string, behind = false): Command[] {
    const words = scriptWords(text);
    const [first] = words;
    // One part of a condition right behind the other is no script that GRUB reads.
    if (behind && /^(?:then|do|else|elif)$/.test(first?.text ?? "")) return [this.#state(text, words)];
    const rest = first === undefined ? "" : text.slice(first.to);
    const branch = this.#open.at(-1);
    switch (first?.text) {
      case undefined:
        return first === undefined ? [] : [this.#state(text, words)];
      case "if": {
        const now = this.#judge(rest);
        this.#open.push({ now, taken: now === true, why: now === undefined ? rest.trim() : undefined });
        return [];
      }
      case "elif":
      case "else": {
        if (branch === undefined) return [];
        const now = branch.taken ? false : first.text === "else" ? true : this.#judge(rest);
        // Behind a branch that may have been taken, another one may not be.
        branch.now = now === true && branch.why !== undefined ? undefined : now;
        branch.taken ||= now === true && branch.why === undefined;
        if (now === undefined) branch.why ??= rest.trim();
        return first.text === "else" ? this.#command(rest.trimStart(), true) : [];
      }
      // How often a loop is run is not followed.
      case "for":
      case "while":
      case "until":
        this.#open.push({ now: undefined, taken: false, why: text });
        return [];
      case "then":
      case "do":
        return this.#command(rest.trimStart(), true);
      case "done":
      case "fi":
        this.#open.pop();
        return [];
      default:
        return [this.#state(text, words)];
    }
  }

  #judge(condition: string): boolean | undefined {
    return holds(condition, scriptWords(condition), this.#variables);
  }

  #state(text: string, words: readonly ScriptWord[]): Command {
    if (this.#open.some(({ now }) => now === false)) return { text, words, runs: false };
    const open = this.#open.find(({ now }) => now === undefined);
    return open === undefined
      ? { text, words, runs: true }
      : { text, words, runs: undefined, condition: open.why ?? "" };
  }
}

/** The commands of a line, which a `;` outside of quotes parts. */
function split(line: string): string[] {
  const found: string[] = [];
  let rest = line.trim();
  while (rest !== "") {
    const end = scriptWords(rest).at(-1)?.to ?? 0;
    const behind = /^\s*;/.exec(rest.slice(end))?.[0];
    found.push(behind === undefined ? rest : rest.slice(0, end));
    rest = behind === undefined ? "" : rest.slice(end + behind.length).trim();
  }
  return found;
}
