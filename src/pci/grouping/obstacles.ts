import type { AcsNo, AcsObstacle } from "../../model/index.ts";
import { barriers, carriesIds } from "./make-groups.ts";
import type { Situation } from "./situation.ts";
import type { Place } from "./topology.ts";

/**
 * What keeps a device from a group of its own: ports on its way to the root that do not isolate, from the bottom up,
 * and what brings it (or the topmost port that it is carried to) together with its slot. Empty where nothing does.
 */
export function obstaclesOf(
  { topology, traitsOf, answers, letsIdsThrough }: Situation,
  place: Place,
): readonly AcsObstacle[] {
  const barrierOf = barriers(answers);
  const found: AcsObstacle[] = [];
  const add = (where: Place, no: AcsNo, at: AcsObstacle["place"]): void => {
    // No override reaches what the conventional bus below a bridge brings together.
    const overrides = at === "conventional-bridge" ? [] : answers.overridesFor(where);
    found.push({ device: where.address, no, place: at, overrides });
  };

  let end = place.vmd ?? place;
  for (let above = end.above; above !== undefined; above = above.above) {
    const { pcieType } = traitsOf(above);
    const answer = answers.of(above);
    if (carriesIds(pcieType) && !letsIdsThrough(above)) {
      add(above, answer.isolates ? { why: "conventional" } : answer.no, "conventional-bridge");
      end = above;
      continue;
    }
    if (!answer.isolates) add(above, answer.no, "between");
    if (barrierOf(above) !== undefined) end = above;
  }
  for (const judged of new Set([place, end])) {
    const answer = answers.of(judged);
    if (answer.isolates || !traitsOf(judged).multifunction) continue;
    const mates = topology.inSlot(judged).filter((mate) => mate !== judged && !answers.of(mate).isolates);
    if (mates.length > 0) add(judged, answer.no, "slot");
  }
  return found;
}
