import type { CardToGive } from "../../plan/first-spec.ts";
import type { Style } from "../style.ts";
import { text, written } from "../terminal-text.ts";

/** The cards with a number each, and a line for each of their functions. */
export function renderCards(cards: readonly CardToGive[], style: Style): string {
  const width = String(cards.length).length + 2;
  return written(
    [
      ...cards.flatMap(({ lines }, index) =>
        lines.map((line, at) =>
          at === 0
            ? text`${style.bold(String(index + 1).padEnd(width))}${line}`
            : text`${" ".repeat(width)}${style.dim(line)}`,
        ),
      ),
      text``,
    ],
    style,
  );
}
