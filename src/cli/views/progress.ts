import { posix } from "node:path";
import type { Step } from "../../model/index.ts";
import type { ApplyEvent } from "../../apply/events.ts";
import { describeBusy } from "../../apply/package-lock.ts";
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
    case "waiting":
    case "waited":
      return "";
    case "step-done":
      return written([stepLine(event, steps, style.green("done  "))], style);
    case "step-failed":
      return written(
        [
          stepLine(event, steps, style.red("FAILED")),
          ...block("       ", event.why),
          ...(event.log === undefined ? [] : [text`       log: ${posix.join(root, event.log)}`]),
          ...(event.tail === undefined
            ? []
            : event.tail
                .trimEnd()
                .split("\n")
                .map((line) => text`       | ${line}`)),
        ],
        style,
      );
    case "attributes-lost":
      return written(
        [
          text`${style.yellow("warning")}: ${event.path} has not all of the access control list and extended attributes that it had: ${event.why}`,
          text`         its group has no access to it now: look at it with getfacl and ls -Z`,
        ],
        style,
      );
    case "interrupted":
      return written([style.yellow(text`Stopped after step ${event.after} of ${steps}.`)], style);
  }
}

/** The line of the step that runs, cut to the width of the terminal; without a line break. */
export function renderRunning(step: Step, steps: number, seconds: number, columns: number): string {
  const time = ` ${seconds} s`;
  const line = text`${position(step, steps)} ${step.title}`.written;
  return line.slice(0, Math.max(0, columns - time.length - 1)) + time;
}

/** The line that says what an apply waits for, without a line break; on a terminal cut to its width. */
export function renderWaiting(
  event: Extract<ApplyEvent, { kind: "waiting" }>,
  columns = Number.POSITIVE_INFINITY,
): string {
  const time = `, ${Math.floor(event.seconds)} s of ${event.limitSeconds} s`;
  const line = text`waiting for the package manager: ${describeBusy(event)}`.written;
  return line.slice(0, Math.max(0, columns - time.length - 1)) + time;
}

/** The line that stays of it. */
export function renderWaited(event: Extract<ApplyEvent, { kind: "waited" }>, style: Style): string {
  const { lock, holder, seconds } = event;
  const { pid, program } = holder;
  const who = pid === undefined ? program : `${program} (pid ${pid})`;
  return written([text`waited ${Math.round(seconds)} s for the package manager: ${who} held ${lock}`], style);
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
