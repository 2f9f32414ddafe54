import type { Fact } from "./fact.ts";
import type { GrubFacts } from "./grub.ts";
import type { KernelstubFacts } from "./kernelstub.ts";
import type { ProxmoxFacts } from "./proxmox.ts";
import type { SystemdBootFacts } from "./systemd-boot.ts";

export interface BootLoaderFacts {
  /** Which loader starts this host; unknown with the reason where it is not one that hostcfg can drive. */
  readonly detected: Fact<BootLoaderName>;
  /** What the detection saw, one clause each. */
  readonly evidence: readonly string[];
  /** The loaders that could be meant where nothing shows which of them starts this host. */
  readonly candidates?: readonly BootLoaderName[];
  /** What started this boot by its own traces, for persons, and the loaders whose files are made for that. */
  readonly startedBy?: { readonly name: string; readonly loaders: readonly BootLoaderName[] };
  /** What starts this host and is recognised, but cannot be driven by any file that hostcfg may write. */
  readonly refused?: RefusedLoader;
  readonly firmware: FirmwareFacts;
  readonly kernelstub?: KernelstubFacts | undefined;
  readonly grub?: GrubFacts | undefined;
  readonly systemdBoot?: SystemdBootFacts | undefined;
  readonly proxmox?: ProxmoxFacts | undefined;
}

export type BootLoaderName = "kernelstub" | "grub" | "systemd-boot" | "proxmox";

/** A way to boot whose entries hostcfg must not write. What to do instead depends on the spec: boot/refused.ts. */
export interface RefusedLoader {
  readonly kind:
    | "unified-kernel-image"
    | "container"
    | "efi-stub"
    | "ostree"
    | "bootc"
    | "nixos"
    | "grub-bls"
    | "grub-elsewhere"
    | "sdbootutil"
    | "sdboot-manage"
    | "limine-entry-tool"
    | "refind"
    | "limine"
    | "extlinux"
    | "unfamiliar";
  /** What starts the host, as the end of "this host boots with". */
  readonly name: string;
  /** One clause: why hostcfg cannot drive it. */
  readonly why: string;
}

export interface FirmwareFacts {
  /** EFI variable SecureBoot (UEFI specification 3.3); known and false where the host boots by BIOS. */
  readonly secureBoot: Fact<boolean>;
}

/** The kernel that will really start, and the rule that decided. */
export interface NextBoot {
  readonly loader: BootLoaderName;
  /** The loader's own name of the entry; absent where it may be one or another. */
  readonly entry?: string;
  readonly release: Fact<string>;
  /** The image that the loader reads, e.g. a copy on the ESP. */
  readonly kernel: string;
  readonly initrd: string;
  /** The complete option line as the loader passes it. */
  readonly options: string;
  /** One sentence. */
  readonly rule: string;
  /** What the menu offers when this kernel does not come up; unknown with the reason. */
  readonly fallback: Fact<string>;
}

/** Whether what boots next still does once a kernel package newer than all that are there is installed. */
export interface AfterUpgrade {
  readonly keeps: boolean;
  /** One clause: the rule that decides, e.g. `GRUB starts the newest kernel by its own version order`. */
  readonly rule: string;
  /** What else packages change, a sentence each; absent where nothing. */
  readonly besides?: readonly string[];
}
