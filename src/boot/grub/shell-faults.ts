import type { Diagnostic } from "../../model/index.ts";
import { problem } from "../problem.ts";

/** What a shell will stumble over in a settings file, with where it stands. */
export interface ShellFault {
  readonly file: string;
  readonly line: number;
  /** One clause. */
  readonly what: string;
  /** What a person does about it. */
  readonly hint?: string | undefined;
  /** sh ends or fails at it, and update-grub with it; else it goes on, with something that nobody meant. */
  readonly stops: boolean;
}

/** What looks like a blank, or like nothing at all, and is a part of a word to sh. */
const ODD = /[^\S \t\n]|[\0-\x08\x0e-\x1f\x7f\x85\xad\u180e\u200b-\u200f\u2060-\u2064\ufeff]/; // eslint-disable-line no-control-regex -- these are what is looked for

const NAMES: ReadonlyMap<string, string> = new Map([
  ["\r", "a carriage return"],
  ["\v", "a vertical tab"],
  ["\f", "a form feed"],
  ["\0", "a NUL byte"],
  ["\u00a0", "a no-break space"],
  ["\u2028", "a line separator"],
  ["\u2029", "a paragraph separator"],
  ["\ufeff", "a byte order mark"],
]);

export function isOdd(char: string): boolean {
  return ODD.test(char);
}

/** A fault about such a character in this word. */
export function oddCharacter(
  char: string,
  file: string,
  { word, quoted }: { readonly word: string; readonly quoted: boolean },
): Omit<ShellFault, "file" | "line"> {
  const code = `U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  const name = NAMES.get(char);
  const [, setting] = /^([A-Za-z_]\w*)=/.exec(word) ?? [];
  const where = setting === undefined ? "" : ` in ${setting}`;
  const control = char.charCodeAt(0) < 0x20;
  return {
    what: `there is ${name === undefined ? `the character ${code}` : `${name} (${code})`}${where}, and sh takes it for a part of the word`,
    hint:
      char === "\r"
        ? `if its lines end as those of Windows do: sudo sed -i 's/\\r$//' ${file}`
        : "type that line again, with plain blanks",
    // In the quotes of a title it is only a character; in options and names it is never what was meant.
    stops: !quoted || control || /^GRUB_(?:CMDLINE|DEFAULT|TOP_LEVEL)/.test(setting ?? ""),
  };
}

/** All of them, the file and line first, for a person. */
export function faultProblems(faults: readonly ShellFault[]): Diagnostic[] {
  return faults.map(({ file, line, what, hint, stops }) => ({
    ...problem("grub-settings-broken", `${file}:${line}: ${what}`, hint),
    severity: stops ? "error" : "warning",
  }));
}
