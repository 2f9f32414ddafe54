import type { SpecPath } from "../model/index.ts";

/** Longer values are cut in messages: the position says where the rest is. */
const MOST_SHOWN = 60;

/** A way into the document as a person writes it, e.g. `kernelOptions.present[0]`; "the spec" for its top. */
export function shownPath(path: SpecPath): string {
  if (path.length === 0) return "the spec";
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[\w-]{1,60}$/u.test(step)) return `[${shown(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}

/** A value in quotes, cut to a readable length, on one line. */
export function shown(text: string): string {
  return yamlQuoted(cut(text));
}

export function cut(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

/** `text` as a YAML scalar in quotes that reads back as exactly `text`. */
export function yamlQuoted(text: string): string {
  const plainInSingleQuotes = /["\\]/u.test(text) && /^[\x20-\x26\x28-\x7e]*$/u.test(text);
  return plainInSingleQuotes ? `'${text}'` : JSON.stringify(text).replaceAll(/[\x7f-\x9f]/gu, escaped);
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16)}`;
}
