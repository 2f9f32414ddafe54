import type { EspFacts, LoaderDefault, LoaderEntry, PinnedCopy, TextFile } from "./bls.ts";
import type { Fact } from "./fact.ts";

/** kernelstub's configuration and what it has put on the ESP. */
export interface KernelstubFacts {
  readonly configuration: Fact<KernelstubConfiguration>;
  /** os-release NAME as kernelstub cleans it for file names, e.g. `Pop_OS`. */
  readonly name: Fact<string>;
  readonly esp: Fact<EspFacts>;
  /** `default` of loader.conf and the EFI variables that beat it (loader.conf(5), systemd-boot(7)). */
  readonly loaderDefault: Fact<LoaderDefault>;
  /** All entries of the ESP; only those that kernelstub or hostcfg writes have digests. */
  readonly entries: Fact<readonly LoaderEntry[]>;
  /** What else is in the menu: unified kernel images, and other systems that the loader finds. */
  readonly others?: readonly LoaderEntry[];
  /** Hooks that run kernelstub without paths after a kernel or initramfs change. */
  readonly hooks: readonly string[];
  /** What there is of hostcfg's own entries, which start a kernel that kernelstub would not choose. */
  readonly pins: Fact<PinFiles>;
}

export interface PinFiles {
  /** Those that are there of loader.conf, hostcfg's entries and its hooks. */
  readonly texts: readonly TextFile[];
  /** The copies of kernels and initrds, whether an entry names them or not. */
  readonly copies: readonly PinnedCopy[];
  /** Paths of entries that an apply was to remove, and did not before it was cut. */
  readonly cutRemovals?: readonly string[];
}

export interface KernelstubConfiguration {
  /** The file it was read from; /etc/default/kernelstub is only the fallback and is never written. */
  readonly path: string;
  /** Bytes of that file, decoded as UTF-8. */
  readonly text: string;
  /** Mode and owner of /etc/kernelstub/configuration; absent while that file does not exist. */
  readonly file?: { readonly mode: number; readonly uid: number; readonly gid: number } | undefined;
  readonly revision: 1 | 2 | 3;
  /** The `user` options as single kernel options, in order, without empty ones. */
  readonly options: readonly string[];
  readonly espPath: string;
  readonly setupLoader: boolean;
  readonly manageMode: boolean;
  readonly forceUpdate: boolean;
  readonly liveMode: boolean;
}
