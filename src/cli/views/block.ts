import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";

/** Text of several lines behind a label, its further lines indented to the first. */
export function block(label: string, content: string): readonly TerminalText[] {
  const indent = " ".repeat(label.length);
  return content
    .trimEnd()
    .split(/\r?\n/)
    .map((line, at) => text`${at === 0 ? label : indent}${line}`);
}
