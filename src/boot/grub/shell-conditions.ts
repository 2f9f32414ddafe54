import type { ShellWord } from "./shell-value.ts";
import { textOf } from "./shell-value.ts";

/**
 * What `[ … ]` or `test …` says, as far as it only compares texts; undefined where a shell would have to look at more, such as at
 * a file.
 */
export function conditionOf(words: readonly ShellWord[]): boolean | undefined {
  const isTest = words[0]?.raw === "test";
  if (!isTest && (words[0]?.raw !== "[" || words.at(-1)?.raw !== "]")) return undefined;
  const inside = words.slice(1, isTest ? undefined : -1);
  const negated = inside[0]?.raw === "!";
  const holds = compared(negated ? inside.slice(1) : inside);
  return holds === undefined ? undefined : holds !== negated;
}

function compared(words: readonly ShellWord[]): boolean | undefined {
  const texts = words.map(plain);
  const [a, b, c] = texts;
  if (texts.includes(undefined) || a === undefined) return undefined;
  if (texts.length === 1) return a !== "";
  if (texts.length === 2) return a === "-z" ? b === "" : a === "-n" ? b !== "" : undefined;
  if (texts.length !== 3) return undefined;
  return b === "=" ? a === c : b === "!=" ? a !== c : undefined;
}

/** Outside of quotes an empty variable is no word at all, and one with blanks is several. */
function plain({ raw, value }: ShellWord): string | undefined {
  if (!value.known || /^[^"']*\$/.test(raw)) return undefined;
  return textOf(value.value);
}
