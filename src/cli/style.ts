import type { Part } from "./terminal-text.ts";
import { TerminalText } from "./terminal-text.ts";

/** How a view is written to one stream. Colour only repeats what a sign or a word already says. */
export interface Style {
  /** Columns of the terminal; undefined: lines are not wrapped, for grep and for logs. */
  readonly columns: number | undefined;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly red: Paint;
}

type Paint = (part: Part) => TerminalText;

const asIs: Paint = (part) => TerminalText.of(part);

export const PLAIN: Style = {
  columns: undefined,
  bold: asIs,
  dim: asIs,
  green: asIs,
  yellow: asIs,
  red: asIs,
};

export const COLOURED: Style = {
  columns: undefined,
  bold: (part) => TerminalText.of(part).painted("bold"),
  dim: (part) => TerminalText.of(part).painted("dim"),
  green: (part) => TerminalText.of(part).painted("green"),
  yellow: (part) => TerminalText.of(part).painted("yellow"),
  red: (part) => TerminalText.of(part).painted("red"),
};

/** A terminal that is narrower than this is written to as if it had so many columns. */
const NARROWEST = 40;

/**
 * The style for one stream. `--no-color` and NO_COLOR (no-color.org) beat FORCE_COLOR, which beats what the
 * stream is; an empty variable counts as unset.
 */
export function styleFor(stream: {
  readonly noColor: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
  readonly columns?: number | undefined;
}): Style {
  const columns = stream.columns === undefined ? undefined : Math.max(stream.columns, NARROWEST);
  return { ...(isColoured(stream) ? COLOURED : PLAIN), columns };
}

function isColoured({ noColor, env, isTerminal }: Parameters<typeof styleFor>[0]): boolean {
  const { NO_COLOR: no = "", FORCE_COLOR: force = "", TERM: term } = env;
  if (noColor || no !== "") return false;
  if (force !== "") return force !== "0" && force !== "false";
  return isTerminal && term !== "dumb";
}
