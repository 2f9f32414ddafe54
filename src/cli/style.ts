import type { Part } from "./terminal-text.ts";
import { TerminalText } from "./terminal-text.ts";

/** How a view marks its parts. Colour only repeats what a sign or a word already says. */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly red: Paint;
}

type Paint = (part: Part) => TerminalText;

const asIs: Paint = (part) => TerminalText.of(part);

export const PLAIN: Style = { bold: asIs, dim: asIs, green: asIs, yellow: asIs, red: asIs };

export const COLOURED: Style = {
  bold: (part) => TerminalText.of(part).painted("bold"),
  dim: (part) => TerminalText.of(part).painted("dim"),
  green: (part) => TerminalText.of(part).painted("green"),
  yellow: (part) => TerminalText.of(part).painted("yellow"),
  red: (part) => TerminalText.of(part).painted("red"),
};

/**
 * The style for one stream. `--no-color` and NO_COLOR (no-color.org) beat FORCE_COLOR, which beats what the
 * stream is; an empty variable counts as unset.
 */
export function styleFor(stream: {
  readonly noColor: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
}): Style {
  const { NO_COLOR: no = "", FORCE_COLOR: force = "", TERM: term } = stream.env;
  if (stream.noColor || no !== "") return PLAIN;
  if (force !== "") return force === "0" || force === "false" ? PLAIN : COLOURED;
  return stream.isTerminal && term !== "dumb" ? COLOURED : PLAIN;
}
