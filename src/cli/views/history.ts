import type { Task } from "../../model/index.ts";
import type { HistoryEntry } from "../../journal/record.ts";
import type { SpecFiles } from "../../spec/include.ts";
import { digestOf, filesOf } from "../../spec/include.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { counted } from "./diagnostics.ts";

/** One apply or undo, as `history --json` and `show --json` name it. */
export interface AppliedDocument {
  readonly id: string;
  readonly kind: "apply" | "undo";
  /** What it did, where that was not to apply a spec. */
  readonly task?: Task | undefined;
  /** ISO 8601, by the host's clock. */
  readonly at?: string | undefined;
  readonly by?: string | undefined;
  readonly undoes?: string | undefined;
  readonly undoneBy?: string | undefined;
  readonly result: HistoryEntry["result"];
  readonly why?: string | undefined;
  readonly spec?: SpecFiles;
  /** Addresses of what it changed, or was to change. */
  readonly changes: readonly string[];
  readonly damage: readonly string[];
}

/** What `history --json` prints, oldest first. */
export interface HistoryDocument {
  readonly formatVersion: "1.0";
  readonly applies: readonly AppliedDocument[];
}

export function historyDocument(history: readonly HistoryEntry[]): HistoryDocument {
  return { formatVersion: "1.0", applies: history.map(appliedDocument) };
}

export function appliedDocument(entry: HistoryEntry): AppliedDocument {
  const { id, at, by, undoes, undoneBy, task, result, why, plan, damage } = entry;
  return {
    id,
    kind: undoes === undefined ? "apply" : "undo",
    task,
    at,
    by,
    undoes,
    undoneBy,
    result,
    why,
    // What is disabled has no digest of its spec.
    ...(plan === undefined || plan.task === "disable-verify" || plan.leaves === true
      ? {}
      : { spec: filesOf(plan.spec) }),
    changes: (plan?.changes ?? []).map(({ address }) => address),
    damage,
  };
}

/** The newest first: that is the one that is asked about. */
export function renderHistory({ applies }: HistoryDocument, style: Style): string {
  if (applies.length === 0) return written([text`Nothing was applied on this host.`], style);
  return written(
    applies.toReversed().flatMap((one) => appliedLines(one, style)),
    style,
  );
}

function appliedLines(one: AppliedDocument, style: Style): readonly TerminalText[] {
  const { id, at = "at an unknown time", by = "unknown", spec, changes, damage } = one;
  const digest = spec === undefined ? "" : text`  ${style.dim(text`spec ${digestOf(spec).slice(0, 12)}`)}`;
  return [
    text`${style.bold(id)}  ${at}  ${by}  ${resultText(one, style)}${digest}`,
    ...(changes.length === 0 ? [] : [text`      ${some(changes)}`.wrapped("      ".length)]),
    ...damage.map((what) => text`      ${style.red("damaged")}: ${what}`.wrapped("      ".length)),
  ];
}

export function resultText(one: AppliedDocument, style: Style): TerminalText {
  const { undoes, undoneBy, task } = one;
  const what = undoes !== undefined ? `undo of ${undoes}: ` : task === undefined ? "" : `${task}: `;
  const back = undoneBy === undefined || undoneBy === one.id ? "" : `, undone by ${undoneBy}`;
  return text`${what}${wordOf(one, style)}${back}`;
}

function wordOf({ result, id, undoneBy }: AppliedDocument, style: Style): TerminalText {
  switch (result) {
    case "applied":
      return style.green("applied");
    case "settled":
      return undoneBy === id
        ? style.yellow("failed; nothing of it remains")
        : style.green("applied, finished by a later one");
    case "failed":
      return style.red("failed");
    case "interrupted":
      return style.yellow("interrupted");
    case "cut":
      return style.yellow("no end noted");
  }
}

/** As many as fit on one line. */
function some(changes: readonly string[]): string {
  const shown = changes.slice(0, 3).join(", ");
  return changes.length <= 3 ? shown : `${shown} and ${counted(changes.length - 3, "more change")}`;
}
