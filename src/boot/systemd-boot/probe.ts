import type { Reader } from "../../host/reader.ts";
import type { HostState, SystemdBootFacts } from "../../model.ts";

/** Its files, or undefined on a host that has none. */
export function readSystemdBoot(
  _reader: Reader,
  _around: Pick<HostState, "identity" | "mounts">,
): SystemdBootFacts | undefined {
  return undefined;
}
