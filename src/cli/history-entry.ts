import type { HistoryEntry } from "../journal/record.ts";
import { changedSomething } from "../journal/history.ts";
import type { Call } from "./command.ts";
import { Failure } from "./failure.ts";
import type { Opened } from "./io.ts";

export async function historyOf({ engine }: Call, opened: Opened): Promise<readonly HistoryEntry[]> {
  return engine.readHistory(opened.reader());
}

/** The record that the argument names, leading zeros or not. */
export function namedEntry(history: readonly HistoryEntry[], word: string): HistoryEntry {
  const entry = /^\d{1,9}$/.test(word) ? history.find(({ id }) => Number(id) === Number(word)) : undefined;
  if (entry !== undefined) return entry;
  const [oldest, newest] = [history[0], history.at(-1)];
  throw new Failure("unknown-apply", `the journal has no apply ${word}`, {
    hint:
      oldest === undefined || newest === undefined
        ? "nothing was applied on this host, or its records are gone"
        : `it has ${oldest.id} to ${newest.id}: hostcfg history lists them`,
  });
}

/** What undo takes back when nothing is named: the newest apply that changed something and was not taken back. */
export function newestToUndo(history: readonly HistoryEntry[]): HistoryEntry {
  const entry = history.findLast(
    (one) => one.undoes === undefined && one.undoneBy === undefined && changedSomething(one),
  );
  if (entry !== undefined) return entry;
  throw new Failure("nothing-applied", "there is no apply that could be undone", {
    hint: "what was done here: hostcfg history",
  });
}
