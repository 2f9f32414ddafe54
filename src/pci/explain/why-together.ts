import type { MergeReason, PredictedGroup } from "../../model/index.ts";

/**
 * The reasons that lead from one device of a group to another, in the order of the way. Each reason ties a device to one
 * that was in the group before, so there is exactly one way; empty for one device and itself.
 */
export function whyTogether(group: PredictedGroup, a: string, b: string): readonly MergeReason[] {
  const upFrom = new Map(group.reasons.map((reason) => [reason.device, reason]));
  const up = (from: string): MergeReason[] => {
    const way: MergeReason[] = [];
    for (let at = upFrom.get(from); at !== undefined; at = upFrom.get(at.joins)) way.push(at);
    return way;
  };
  const [fromA, fromB] = [up(a), up(b)];
  // The end that both ways share is above the place where they meet.
  while (fromA.length > 0 && fromA.at(-1) === fromB.at(-1)) {
    fromA.pop();
    fromB.pop();
  }
  return [...fromA, ...fromB.reverse()];
}
