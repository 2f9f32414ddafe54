import type { Place, Topology } from "./topology.ts";

/** The number of the group that a device is in now. */
export type GroupOf = (place: Place) => number | undefined;

/**
 * What the present groups give away about who isolates, for devices whose registers cannot be read: a port does, and
 * so does every port above it, where something right below it is in another group; it does not where all below has
 * fallen into its own group although the ports above do. Functions of a slot that share a group do not, those that
 * are alone there do. Devices about which nothing can be said are left out.
 */
export function isolationSeen(topology: Topology, groupOf: GroupOf): ReadonlyMap<Place, boolean> {
  const seen = new Map<Place, boolean>();
  for (const place of topology.places) {
    if (place.below.some((child) => apart(place, child, groupOf))) markAllAbove(place, seen);
  }
  const reached = (place: Place) => place.above === undefined || seen.get(place.above) === true;
  for (const place of topology.places) {
    if (!reached(place) || seen.has(place)) continue;
    if (place.below.some((child) => together(place, child, groupOf))) seen.set(place, false);
  }
  for (const place of topology.places) {
    if (!reached(place) || seen.has(place) || place.device.physicalFunction !== undefined) continue;
    const mates = topology.inSlot(place).filter((mate) => mate !== place);
    if (mates.some((mate) => together(place, mate, groupOf))) seen.set(place, false);
    else if (mates.some((mate) => apart(place, mate, groupOf))) seen.set(place, true);
  }
  return seen;
}

/** The walk ends where another has been, so each port is marked once. */
function markAllAbove(start: Place, seen: Map<Place, boolean>): void {
  for (let at: Place | undefined = start; at !== undefined && !seen.has(at); at = at.above) {
    seen.set(at, true);
  }
}

function apart(a: Place, b: Place, groupOf: GroupOf): boolean {
  const [one, other] = [groupOf(a), groupOf(b)];
  return one !== undefined && other !== undefined && one !== other;
}

function together(a: Place, b: Place, groupOf: GroupOf): boolean {
  const one = groupOf(a);
  return one !== undefined && one === groupOf(b);
}
