import type { MakeInitrd } from "../../model/index.ts";
import type { Command } from "../debian/commands.ts";

/** mkinitramfs compresses a hundred megabytes, on a slow machine for minutes. */
const TIMEOUT_SECONDS = 1800;

/** The command line of update-initramfs(8) for this. It updates nothing that is not there, and makes nothing that is. */
export function initrdCommand({ release, missing }: MakeInitrd): Command {
  return {
    argv: ["update-initramfs", missing ? "-c" : "-u", "-k", release],
    timeoutSeconds: TIMEOUT_SECONDS,
  };
}
