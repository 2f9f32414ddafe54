import type { Fact } from "../../model/index.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";

export function factText(fact: Fact<string>, style: Style): TerminalText {
  return fact.known ? text`${fact.value}` : unknownText(fact.why, style);
}

export function unknownText(why: string, style: Style): TerminalText {
  return text`${style.yellow("unknown")} (${why})`;
}
