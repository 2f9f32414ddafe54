import type { LoaderDefault, TextFile } from "./bls.ts";
import type { Fact } from "./fact.ts";
import type { GrubFacts } from "./grub.ts";
import type { BootFile } from "./kernel.ts";

/** proxmox-boot-tool's state files, and what its ESPs hold. */
export interface ProxmoxFacts {
  readonly esps: readonly ProxmoxEsp[];
  /** What this boot's firmware is; absent where it cannot be told. By BIOS the tool takes every ESP for GRUB's. */
  readonly platform?: "efi" | "pc" | undefined;
  /** What beats the loader.conf of each ESP. */
  readonly variables: Fact<Omit<LoaderDefault, "file" | "configured">>;
  readonly files: Fact<ProxmoxFiles>;
  /** Which of the hooks that run `proxmox-boot-tool refresh` are there and may be executed. */
  readonly hooks: { readonly kernel: boolean; readonly initrd: boolean };
}

/** What starts an ESP of proxmox-boot-tool. */
export type EspLoader = "systemd-boot" | "grub";

export interface ProxmoxEsp {
  /** A line of /etc/kernel/proxmox-boot-uuids, as it is. */
  readonly uuid: string;
  /** The tool does not read that line, for it is the last one and has no line break. */
  readonly unread?: true;
  /** `away`: it has no device. Unknown where nobody could look into it. */
  readonly content: Fact<EspContent | "away">;
}

/** What an ESP holds. All paths start at its root. */
export interface EspContent {
  readonly freeBytes: number;
  /** Whether EFI/proxmox is there: the tool passes over an ESP without it. */
  readonly folder: boolean;
  /** What GRUB reads there; absent where it has no menu. */
  readonly grub?: EspGrub | undefined;
  /** loader.conf, and the entries. */
  readonly texts: readonly { readonly path: string; readonly text: string }[];
  /** All others; of kernels and initrds with their digests. */
  readonly files: readonly BootFile[];
}

/** What GRUB reads on an ESP: grub/grub.cfg, grubenv and custom.cfg. */
export interface EspGrub extends Pick<GrubFacts, "environment"> {
  readonly menu: GrubFacts["menu"];
  /** Of custom.cfg; absent where there is none. */
  readonly custom?: NonNullable<GrubFacts["custom"]["menu"]> | undefined;
}

export interface ProxmoxFiles {
  /** /etc/kernel/cmdline; absent where the tool takes the running line. */
  readonly cmdline?: TextFile | undefined;
  /** The first line of /etc/kernel/proxmox-boot-pin, as it is. */
  readonly pin?: string | undefined;
  /** The same of /etc/kernel/next-boot-pin, which comes first, though it be empty, and stays until the boot after. */
  readonly nextBootPin?: string | undefined;
  /** Kernels that the tool was told to keep, by /etc/kernel/proxmox-boot-manual-kernels. */
  readonly added: readonly string[];
  /** What hostcfg noted when it last had the ESPs refreshed. */
  readonly refreshed?: TextFile | undefined;
}
