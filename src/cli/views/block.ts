import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";

/** A line that is to be copied into a shell stays one line. */
const COMMAND = /^(?:sudo|hostcfg) /;

/** Text of several lines behind a label, its further lines indented to the first. */
export function block(label: string, content: string): readonly TerminalText[] {
  const indent = " ".repeat(label.length);
  return content
    .trimEnd()
    .split(/\r?\n/)
    .map((line, at) => {
      const shown = text`${at === 0 ? label : indent}${line}`;
      return COMMAND.test(line) ? shown : shown.wrapped(label.length);
    });
}
