import { visible } from "../terminal-text.ts";

/**
 * Text that is HTML: every tag in it is one of ours.
 *
 * What comes from the host or the spec can only get in through {@link escaped}, so neither a device's name nor a comment
 * in a file becomes markup. Views are built from this type and not from strings, so that forgetting it does not compile.
 */
export class Markup {
  readonly written: string;

  private constructor(written: string) {
    this.written = written;
  }

  static of(part: Part): Markup {
    if (part instanceof Markup) return part;
    if (typeof part === "string" || typeof part === "number") return new Markup(escaped(String(part)));
    return new Markup(part.map((one) => Markup.of(one).written).join(""));
  }

  static fromTemplate(literals: readonly string[], parts: readonly Part[]): Markup {
    const shown = parts.map((part) => Markup.of(part).written);
    return new Markup(literals.map((literal, at) => literal + (shown[at] ?? "")).join(""));
  }
}

/** What may be put into an {@link markup} template; plain strings are escaped. */
export type Part = Markup | string | number | readonly Part[];

/** A piece of a page: its literal part is ours, everything in `${}` is text, in an element or in quotes. */
export function markup(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return Markup.fromTemplate(literals, parts);
}

export const NOTHING = markup``;

/** Text of several lines, for an element that keeps line breaks. */
export function lines(content: string): Markup {
  return markup`${content
    .trimEnd()
    .split(/\r?\n/)
    .map((line, at) => (at === 0 ? markup`${line}` : markup`\n${line}`))}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Also what no page shows, or what turns the reading direction, is made visible: as in a terminal. */
function escaped(raw: string): string {
  return visible(raw).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
