import { attempt, known, unknown } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { EspFacts, Fact, HostState } from "../../model/index.ts";

/**
 * A partition that is mounted at exactly this place.
 *
 * @param absent The clause for a place where nothing is mounted.
 */
export function readPartition(
  reader: Reader,
  mounts: HostState["mounts"],
  mountPoint: string,
  absent: string,
): Fact<EspFacts> {
  if (!mounts.known) return mounts;
  const mount = mounts.value.findLast((candidate) => candidate.mountPoint === mountPoint);
  if (mount === undefined) return unknown(absent);
  const freeBytes = attempt(`the free space of ${mountPoint}`, () => reader.freeBytes(mountPoint));
  return known({ mountPoint, type: mount.type, freeBytes });
}
