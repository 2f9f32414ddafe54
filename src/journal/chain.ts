import type { HistoryEntry } from "./record.ts";
import { isFinished } from "./record.ts";

/** An undo that was itself undone takes nothing back any more. */
export function withUndone(entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const undoneBy = new Map<string, string>();
  for (const entry of entries.toReversed()) {
    const target = entries.find(({ id }) => id === entry.undoes);
    if (target === undefined || !isFinished(entry) || undoneBy.has(entry.id)) continue;
    for (const { id } of chainOf(entries, target)) undoneBy.set(id, undoneBy.get(id) ?? entry.id);
  }
  return entries.map((entry) => {
    const by = undoneBy.get(entry.id);
    return by === undefined ? entry : { ...entry, undoneBy: by };
  });
}

/**
 * What an undo of this apply takes back, oldest first: with it those before it that did not come to their end, for what
 * stood there before it is what they have left half done; and with a trial that was kept the trial itself.
 */
export function chainOf(history: readonly HistoryEntry[], entry: HistoryEntry): readonly HistoryEntry[] {
  if (entry.task !== undefined || entry.undoes !== undefined) return [entry];
  const undone = new Set<string>();
  const chain = [entry];
  for (const one of history
    .slice(
      0,
      history.findIndex(({ id }) => id === entry.id),
    )
    .toReversed()) {
    const { id, undoes, task } = one;
    if (undone.has(id) || task !== undefined || (undoes !== undefined && undone.has(undoes))) continue;
    if (!isFinished(one) || entry.keeps === id) {
      chain.unshift(one);
      continue;
    }
    if (undoes === undefined) return chain;
    const target = history.find((other) => other.id === undoes);
    for (const other of target === undefined ? [] : chainOf(history, target)) undone.add(other.id);
  }
  return chain;
}
