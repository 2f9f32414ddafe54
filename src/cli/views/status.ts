import type { Finding, Requirement } from "../../model.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";

type Status = Requirement["status"] | Finding["status"];

const WIDTH = "unsatisfied".length;

/** The sign and the word of a status, as wide as the widest. */
export function statusText(status: Status, style: Style): TerminalText {
  const word = status.padEnd(WIDTH);
  switch (status) {
    case "satisfied":
      return style.green(text`= ${word}`);
    case "predicted":
    case "pending":
      return style.yellow(text`~ ${word}`);
    case "unsatisfied":
      return style.red(text`! ${word}`);
    case "unknown":
      return style.yellow(text`? ${word}`);
  }
}

/** Something judged: its status, its address, the reason, and the devices in the way. */
export function judgedLines(judged: Requirement | Finding, style: Style): readonly TerminalText[] {
  const { status, address, reason, offenders } = judged;
  return [
    text`  ${statusText(status, style)}  ${address}: ${reason}`,
    ...(offenders.length === 0 ? [] : [text`${" ".repeat(WIDTH + 6)}in the way: ${offenders.join(", ")}`]),
  ];
}
