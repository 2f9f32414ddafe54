import { posix } from "node:path";
import type { Fact, NextBoot, Plan } from "../../model/index.ts";
import type { ApplyOutcome } from "../../apply/events.ts";
import { describeBusy } from "../../apply/package-lock.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { block } from "./block.ts";
import { counted, diagnosticLines } from "./diagnostics.ts";

/**
 * How an apply ended, in one line and, where it did not end well, what to do.
 *
 * @param root Where the root of the host lies on this machine.
 * @param again How to go on from a cut: with a new plan of the spec, or with the same command, e.g. undo.
 */
export function renderOutcome(
  outcome: ApplyOutcome,
  style: Style,
  root = "/",
  again: "apply" | "same" = "apply",
): string {
  switch (outcome.status) {
    case "nothing-to-do":
      return written([text`Nothing to do: nothing was changed.`], style);
    case "applied":
      return written(
        [
          text`${style.green("Applied")} ${counted(outcome.steps, "step")}. Journal: ${posix.join(root, outcome.journal)}`,
        ],
        style,
      );
    case "failed":
      return written(
        [
          text`${style.red(style.bold("error"))}: step ${outcome.step} failed: ${outcome.why}`.wrapped(2),
          ...nextBootLines(outcome.nextBoot, style),
          ...block(
            "hint: ",
            again === "apply"
              ? outcome.hint
              : "fix the cause, then run the same command again: it does what is left",
          ),
          outcome.journal === undefined
            ? text`Nothing was changed.`
            : text`Journal: ${posix.join(root, outcome.journal)}`,
        ],
        style,
      );
    case "interrupted":
      return written(
        [
          text`${style.yellow("Interrupted")}: ${counted(outcome.done, "step")} done, ${outcome.left} left.${journalText(outcome.journal, root)}`.wrapped(
            2,
          ),
          ...nextBootLines(outcome.nextBoot, style),
          interruptedHint(outcome.done, again),
        ],
        style,
      );
    case "stale":
      return written(
        [
          ...outcome.moved.map((moved) => text`${style.yellow("moved")}: ${moved}`.wrapped(2)),
          text`${style.red(style.bold("error"))}: the host changed after the plan was shown; nothing was changed`.wrapped(
            2,
          ),
          text`hint: look at a new plan before you apply it`,
        ],
        style,
      );
    case "not-bootable":
      return written(diagnosticLines(outcome.problems, style), style);
    case "busy":
      return written(
        [
          text`${style.red(style.bold("error"))}: the package manager is at work: ${describeBusy(outcome)}, still after ${Math.round(outcome.seconds)} s; nothing was changed`.wrapped(
            2,
          ),
          text`hint: wait for it to end, then run the same command again; --lock-timeout SECONDS waits longer`,
        ],
        style,
      );
    case "locked":
      return written(
        [
          text`${style.red(style.bold("error"))}: another apply runs on this host; nothing was changed`.wrapped(
            2,
          ),
          text`hint: wait for it to end, then run the same command again`,
        ],
        style,
      );
  }
}

/** The last line of an apply or undo that ended well, where a reboot is what is left. */
export function renderReboot(
  { rebootNeeded }: Pick<Plan, "rebootNeeded">,
  { doubt }: Extract<ApplyOutcome, { readonly status: "applied" }>,
  toFinish: string,
  style: Style,
): string {
  if (!rebootNeeded) return "";
  if (doubt === undefined) return written([text`${style.bold(toFinish)}`], style);
  return written(
    [
      text`${style.red(style.bold("Before you reboot"))}: ${doubt}`.wrapped(2),
      text`hint: hostcfg check tells what of it is known`,
    ],
    style,
  );
}

function interruptedHint(done: number, again: "apply" | "same"): TerminalText {
  if (done === 0) return text`hint: nothing was changed: run the same command again`;
  return again === "apply"
    ? text`hint: apply the spec again: that does what is left (a saved plan is used up)`
    : text`hint: run the same command again: it does what is left`;
}

function journalText(journal: string | undefined, root: string): string {
  return journal === undefined ? "" : ` Journal: ${posix.join(root, journal)}`;
}

/** Who is far from the machine needs this line first. */
function nextBootLines(next: Fact<NextBoot>, style: Style): TerminalText[] {
  const why = next.known ? (next.value.release.known ? undefined : next.value.release.why) : next.why;
  if (why !== undefined) {
    return [
      text`${style.red(style.bold("Do not reboot yet"))}: what boots next is unknown: ${why}`.wrapped(2),
    ];
  }
  const release = next.known && next.value.release.known ? next.value.release.value : "";
  return [text`A reboot now would start ${release}.`];
}
