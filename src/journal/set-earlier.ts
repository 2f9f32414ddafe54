import type { Plan, SetEarlier } from "../model/index.ts";
import type { HistoryEntry } from "./record.ts";
import { isFinished } from "./record.ts";

/** What of a record says what its apply has set. */
export type Noted = Pick<
  HistoryEntry,
  "id" | "result" | "undoes" | "undoneBy" | "tries" | "keeps" | "steps" | "damage"
> & { readonly plan?: Changed };

type Changed = Pick<Plan, "changes" | "steps">;

/**
 * What applies of this host have set and no undo took back, by address: what stood there before the first of them, and what
 * the last one left. Most things of hostcfg's show by themselves that they are its own; a link, a hold or a default does not.
 */
export function setEarlier(history: readonly Noted[]): readonly SetEarlier[] {
  const kept = new Set(history.flatMap((entry) => (isFinished(entry) ? (entry.keeps ?? []) : [])));
  const found = new Map<string, SetEarlier>();
  for (const entry of history) {
    const { id, plan, undoes, undoneBy, tries, damage } = entry;
    if (plan === undefined || damage.length > 0 || undoes !== undefined || undoneBy !== undefined) continue;
    if (tries !== undefined && !kept.has(id)) continue;
    for (const { address, before, after } of plan.changes) {
      if (!isDone(entry, plan, address)) continue;
      // Null is an answer here: there was nothing.
      const earlier = found.get(address);
      const first = earlier === undefined ? before : earlier.before;
      if (after === null || after === first) found.delete(address);
      else found.set(address, { address, before: first, after, apply: id });
    }
  }
  return [...found.values()];
}

/** Of an apply that did not come to its end, each change of which a step was done. */
function isDone(entry: Noted, plan: Changed, address: string): boolean {
  const steps = plan.steps.filter(({ serves }) => serves.includes(address));
  return isFinished(entry) || steps.some(({ id }) => entry.steps[id] === "done");
}
