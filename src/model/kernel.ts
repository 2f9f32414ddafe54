import type { Fact } from "./fact.ts";

/** One kernel release with what is there of it. A kernel may boot when image, initrd and modules are. */
export interface KernelFact {
  /** `uname -r` string. */
  readonly release: string;
  /** What its files are called by, where that is not the release: Arch's pkgbase, of which there is one release at a time. */
  readonly name?: string | undefined;
  readonly image?: BootFile | undefined;
  /** The release that the image itself says, where its name is another one that has no modules, such as that of a copy. */
  readonly inImage?: string;
  readonly initrd?: BootFile | undefined;
  /** A second initrd of the same kernel, with all modules in it: menus may offer it, and nothing here makes it. */
  readonly fallback?: BootFile | undefined;
  /** /boot/config-<release> is there. */
  readonly config: boolean;
  /** /lib/modules/<release> is there and holds modules.dep. */
  readonly modules: boolean;
  /** The image has a signature for Secure Boot; only looked at for the release that is judged, where Secure Boot is on. */
  readonly signed?: Fact<boolean>;
  /**
   * The files that the initrd was built from and that were changed after it, newest first: empty where it is fresh.
   * Only where it is made by a program that hostcfg drives.
   */
  readonly initrdOlderThan?: Fact<readonly string[]>;
  /** Not there yet: a packages step of the plan is to bring it, so its sizes are 0. Never in a probed state. */
  readonly expected?: true;
}

export type InitramfsGeneratorName = "initramfs-tools" | "dracut" | "mkinitcpio";

/** What makes the initrds of this host. */
export interface InitramfsFacts {
  /** Unknown where no program is there that hostcfg drives. */
  readonly generator: Fact<InitramfsGeneratorName>;
  /** One that hostcfg knows and does not drive on this host. Left out where there is none. */
  readonly undriven?: InitramfsGeneratorName;
}

/** A regular file that boots. `sha256` is only had where something must be compared with it. */
export interface BootFile {
  readonly path: string;
  /** Bytes. 0 is a truncated file: it counts as not whole. */
  readonly size: number;
  readonly sha256?: Fact<string> | undefined;
}

/** What stands at a path in / or /boot that a boot symlink could take. */
export type BootPathFact =
  | { readonly path: string; readonly kind: "absent" }
  | {
      readonly path: string;
      readonly kind: "symlink";
      /** As written in the link. */
      readonly target: string;
      /** Where it ends inside the root; absent when it dangles. */
      readonly resolved?: string;
      /** What stands there. */
      readonly endsAt?: "file" | "directory" | "other";
    }
  | { readonly path: string; readonly kind: "file" | "directory" | "other" };

export interface AcsOverrideFacts {
  /** Of the declared release, else of the running one; absent where neither is known. */
  readonly patch?: AcsPatch;
  /** Only where this boot's own line has the option: else the kernel has nothing to say of it. */
  readonly bootLog?: Fact<BootLog>;
}

/** Whether a kernel carries the out-of-tree patch that reads `pcie_acs_override`. */
export interface AcsPatch {
  /** `uname -r` string. */
  readonly release: string;
  readonly answer: "carried" | "absent" | "unknown";
  /** What was looked at, one clause each, the strongest first; the last one decided, unless nothing did. */
  readonly evidence: readonly string[];
}

/** What the kernel said of its options in this boot. */
export interface BootLog {
  /** "PCIe ACS overrides enabled" */
  readonly overridesEnabled: boolean;
  /** Of "Unknown kernel command line parameters", as the kernel spells them (since Linux 5.14). */
  readonly unknownParameters: readonly string[];
}
