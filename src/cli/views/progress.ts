import { posix } from "node:path";
import type { Step } from "../../model.ts";
import type { ApplyEvent } from "../../plan/events.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { block } from "./block.ts";

/**
 * The lines that stay: one for each step that ended, with what is needed to understand a failure.
 *
 * @param root Where the root of the host lies on this machine.
 */
export function renderEvent(event: ApplyEvent, steps: number, style: Style, root = "/"): string {
  switch (event.kind) {
    case "apply-started":
    case "step-started":
      return "";
    case "step-done":
      return written([stepLine(event, steps, style.green("done  "))]);
    case "step-failed":
      return written([
        stepLine(event, steps, style.red("FAILED")),
        ...block("       ", event.why),
        ...(event.log === undefined ? [] : [text`       log: ${posix.join(root, event.log)}`]),
        ...(event.tail === undefined
          ? []
          : event.tail
              .trimEnd()
              .split("\n")
              .map((line) => text`       | ${line}`)),
      ]);
    case "interrupted":
      return written([style.yellow(text`Stopped after step ${event.after} of ${steps}.`)]);
  }
}

/** The line of the step that runs, cut to the width of the terminal; without a line break. */
export function renderRunning(step: Step, steps: number, seconds: number, columns: number): string {
  const time = ` ${seconds} s`;
  const line = text`${position(step, steps)} ${step.title}`.written;
  return line.slice(0, Math.max(0, columns - time.length - 1)) + time;
}

function stepLine(
  { step, seconds }: { readonly step: Step; readonly seconds: number },
  steps: number,
  word: TerminalText,
): TerminalText {
  return text`${position(step, steps)} ${word} ${step.title} (${seconds.toFixed(1)} s)`;
}

function position({ id }: Step, steps: number): string {
  return `${String(id).padStart(2)}/${steps}`;
}
