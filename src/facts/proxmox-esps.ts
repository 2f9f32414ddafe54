import type { Reader } from "../host/reader.ts";
import type { Fact } from "../model/index.ts";
import { attempt } from "./fact.ts";

export const PROXMOX_ESPS = "/etc/kernel/proxmox-boot-uuids";

/** The ESPs that proxmox-boot-tool keeps, a line each. As the tool reads them: whatever stands on a line is the name. */
export function readProxmoxEsps(reader: Reader): Fact<readonly string[]> {
  return attempt(PROXMOX_ESPS, () =>
    reader
      .readText(PROXMOX_ESPS)
      ?.split("\n")
      .filter((line) => line.trim() !== ""),
  );
}
