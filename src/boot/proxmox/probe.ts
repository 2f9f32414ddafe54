import type { Reader } from "../../host/reader.ts";
import type { HostState, ProxmoxFacts } from "../../model.ts";

/** Its files, or undefined on a host that has none. */
export function readProxmox(
  _reader: Reader,
  _around: Pick<HostState, "identity" | "mounts">,
): ProxmoxFacts | undefined {
  return undefined;
}
