import type { Reader } from "../host/reader.ts";
import type { Fact } from "../model/index.ts";
import { attempt } from "./fact.ts";

export const PROXMOX_ESPS = "/etc/kernel/proxmox-boot-uuids";

export interface EspLine {
  /** Whatever stands on the line is the name. */
  readonly uuid: string;
  /** It is the last one and ends without a line break, so that the tool's `read` passes over it. */
  readonly unread?: true;
}

/** The ESPs that proxmox-boot-tool keeps, a line each, as the tool reads them. */
export function readProxmoxEsps(reader: Reader): Fact<readonly EspLine[]> {
  return attempt(PROXMOX_ESPS, () => {
    const lines = reader.readText(PROXMOX_ESPS)?.split("\n");
    return lines?.flatMap((uuid, at): EspLine[] => {
      if (uuid.trim() === "") return [];
      return [at === lines.length - 1 ? { uuid, unread: true } : { uuid }];
    });
  });
}
