import type { Finding, Requirement } from "../../model/index.ts";
import { shortAddress } from "../../pci/address.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";

export type Status = Requirement["status"] | Finding["status"];

/** It says the status where there is no colour. */
export const SIGNS: Readonly<Record<Status, string>> = {
  satisfied: "=",
  predicted: "~",
  pending: "~",
  unsatisfied: "!",
  unknown: "?",
};

const WIDTH = "unsatisfied".length;

/** The sign and the word of a status, as wide as the widest. */
function statusText(status: Status, style: Style): TerminalText {
  const marked = text`${SIGNS[status]} ${status.padEnd(WIDTH)}`;
  switch (status) {
    case "satisfied":
      return style.green(marked);
    case "predicted":
    case "pending":
      return style.yellow(marked);
    case "unsatisfied":
      return style.red(marked);
    case "unknown":
      return style.yellow(marked);
  }
}

/** Something judged: its status, its address, the reason, and the devices in the way. */
export function judgedLines(judged: Requirement | Finding, style: Style): readonly TerminalText[] {
  const { address, reason, offenders } = judged;
  const remedy = "remedy" in judged ? judged.remedy : undefined;
  const status = statusText(judged.status, style);
  const hang = WIDTH + "  = ".length + 2;
  const indent = " ".repeat(hang);
  return [
    text`  ${status}  ${address}: ${reason}`,
    ...(remedy === undefined ? [] : [text`${indent}what would help: ${remedy}`]),
    ...(offenders.length === 0 ? [] : [text`${indent}in the way: ${offenders.map(shortAddress).join(", ")}`]),
  ].map((line) => line.wrapped(hang));
}
