import type { TextFile } from "./bls.ts";
import type { Fact } from "./fact.ts";

/** proxmox-boot-tool's state files. Its ESPs are mounted only while it works on them, so what they hold is inferred. */
export interface ProxmoxFacts {
  /** The ESPs of /etc/kernel/proxmox-boot-uuids. */
  readonly espUuids: readonly string[];
  readonly files: Fact<ProxmoxFiles>;
  /** A kernel or initramfs hook runs `proxmox-boot-tool refresh`. */
  readonly hook: boolean;
}

export interface ProxmoxFiles {
  /** /etc/kernel/cmdline; absent where the tool takes the running line. */
  readonly cmdline?: TextFile;
  /** /etc/kernel/proxmox-boot-pin. */
  readonly pin?: string;
  /** /etc/kernel/next-boot-pin: for one boot. */
  readonly nextBootPin?: string;
  /** What hostcfg noted when it last had the ESPs refreshed. */
  readonly refreshed?: TextFile;
}
