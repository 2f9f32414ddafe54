/** proxmox-boot-tool: its state files, and what is known of the ESPs that it keeps. */
export interface ProxmoxFacts {
  /** The ESPs of /etc/kernel/proxmox-boot-uuids. */
  readonly espUuids: readonly string[];
}
