import type { Reader } from "../../host/reader.ts";
import type { HostState, GrubFacts } from "../../model.ts";

/** Its files, or undefined on a host that has none. */
export function readGrub(
  _reader: Reader,
  _around: Pick<HostState, "identity" | "mounts">,
): GrubFacts | undefined {
  return undefined;
}
