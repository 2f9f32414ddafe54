import type { Plan, SetEarlier } from "../model/index.ts";
import type { HistoryEntry } from "./record.ts";
import { isFinished } from "./record.ts";

/**
 * What applies of this host have set and no undo took back, by address: what stood there before the first of them, and what
 * the last one left. Most things of hostcfg's show by themselves that they are its own; a link, a hold or a default does not.
 */
export function setEarlier(history: readonly HistoryEntry[]): readonly SetEarlier[] {
  const kept = new Set(history.flatMap((entry) => (isFinished(entry) ? (entry.keeps ?? []) : [])));
  const found = new Map<string, SetEarlier>();
  for (const entry of history) {
    const { id, plan, undoes, undoneBy, tries, damage } = entry;
    if (plan === undefined || damage.length > 0 || undoes !== undefined || undoneBy !== undefined) continue;
    if (tries !== undefined && !kept.has(id)) continue;
    for (const { address, before, after } of plan.changes) {
      if (!isDone(entry, plan, address)) continue;
      const first = found.get(address)?.before ?? before;
      if (after === null || after === first) found.delete(address);
      else found.set(address, { address, before: found.has(address) ? first : before, after, apply: id });
    }
  }
  return [...found.values()];
}

/** Of an apply that did not come to its end, each change of which a step was done. */
function isDone(entry: HistoryEntry, plan: Plan, address: string): boolean {
  const steps = plan.steps.filter(({ serves }) => serves.includes(address));
  return isFinished(entry) || steps.some(({ id }) => entry.steps[id] === "done");
}
