import type { EspFacts, LoaderDefault, LoaderEntry, PinnedCopy, TextFile } from "./bls.ts";
import type { Fact } from "./fact.ts";

/** systemd-boot with kernel-install: its entries, what chooses among them, and what new entries are made from. */
export interface SystemdBootFacts {
  /** What shows that it is there, one clause. */
  readonly evidence: string;
  /** Holds loader.conf. */
  readonly esp: EspFacts;
  /** Where kernel-install puts kernels and entries: the XBOOTLDR partition at /boot, else the ESP. */
  readonly boot: EspFacts;
  /** The entries of both partitions. */
  readonly entries: Fact<readonly LoaderEntry[]>;
  /** What else is in the menu: unified kernel images, and other systems that the loader finds. */
  readonly others?: readonly LoaderEntry[];
  readonly loaderDefault: Fact<LoaderDefault>;
  /** The text files that hostcfg may have to write, by path: entries, loader.conf and /etc/kernel/cmdline. */
  readonly files: Fact<readonly TextFile[]>;
  /** What there is of the copies that hostcfg put aside, whether its entry for them is there or not. */
  readonly copies?: readonly PinnedCopy[];
  /** Begins the names of the entries and folders that kernel-install makes (kernel-install(8), entry token). */
  readonly token: Fact<string>;
  /** /etc/kernel/tries: new entries are counted. */
  readonly tries?: number;
}
