import type { ScriptWord } from "./words.ts";

/** What is known of GRUB's variables while it reads its menu; undefined where only GRUB knows. */
export type Variables = (name: string) => string | undefined;

/**
 * What a condition of a GRUB script says (GRUB manual, "test"), as far as it only compares texts; undefined where GRUB
 * would have to look at more.
 */
export function holds(line: string, words: readonly ScriptWord[], variables: Variables): boolean | undefined {
  const [program, ...rest] = words;
  if (program?.text === "true") return true;
  if (program?.text === "false") return false;
  if (program?.text !== "[" || rest.at(-1)?.text !== "]") return undefined;
  const texts = rest.slice(0, -1).map((word) => textOf(line, word, variables));
  const negated = texts[0] === "!";
  const result = compared(negated ? texts.slice(1) : texts);
  return result === undefined ? undefined : result !== negated;
}

function compared(texts: readonly (string | undefined)[]): boolean | undefined {
  const [a, b, c] = texts;
  if (a === undefined || texts.length > 3) return undefined;
  if (texts.length === 1) return a !== "";
  if (b === undefined) return undefined;
  if (texts.length === 2) return a === "-z" || a === "-n" ? (b === "") === (a === "-z") : undefined;
  if (c === undefined) return undefined;
  return b === "=" || b === "==" ? a === c : b === "!=" ? a !== c : undefined;
}

/** A word with its one variable put in, as in `"x$default"` or `"${initrdfail}"`. */
export function textOf(
  line: string,
  { from, to, text }: ScriptWord,
  variables: Variables,
): string | undefined {
  if (text !== undefined) return text;
  const [, before = "", plain, braced] =
    /^"?([^"'$\\]*)\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})"?$/.exec(line.slice(from, to)) ?? [];
  const value = variables(plain ?? braced ?? "");
  return value === undefined ? undefined : before + value;
}
