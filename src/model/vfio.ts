import type { TextFile } from "./bls.ts";
import type { Fact } from "./fact.ts";

/** How a driver comes with a kernel: inside of the image, as a module of its own, or not at all. */
export type DriverForm = "built-in" | "module" | "absent";

/** What is there of the binding to vfio-pci; only read where a spec declares `vfio`. */
export interface VfioFacts {
  /** The release whose initrd does the binding: the declared one, else the one that runs. */
  readonly release: Fact<string>;
  /** hostcfg's own files that are there. */
  readonly files: Fact<readonly TextFile[]>;
  /** Files of /etc/modprobe.d that are not hostcfg's and give vfio-pci ids. */
  readonly otherIds: Fact<readonly { readonly path: string; readonly ids: readonly string[] }[]>;
  /** Lists of modules to load that give vfio-pci ids as its argument, which comes last; absent where none does. */
  readonly argumentIds?: readonly { readonly path: string; readonly ids: readonly string[] }[];
  /** How vfio-pci and the drivers that race with it come with `release`, by module name with `_`. */
  readonly drivers: Fact<Readonly<Record<string, DriverForm>>>;
  /** Those of the names in the initrd of `release` that the binding is about (see facts/vfio.ts), sorted. */
  readonly initrd: Fact<readonly string[]>;
  /** The initrd was made after this boot began, so this boot may not have what is in it. */
  readonly sinceBoot: Fact<boolean>;
  /** By address, of all functions that the spec names. */
  readonly devices: Readonly<Record<string, VfioDeviceFacts>>;
  /** VFIO was told to take devices without interrupt remapping; left out where it was not, or was never loaded. */
  readonly unsafeInterrupts?: true;
  /** Numbers of the groups that a program may open: /dev/vfio/N. */
  readonly openable: Fact<readonly number[]>;
}

/** What decides how a device is bound, and whether it works in a virtual machine once it is bound. */
export interface VfioDeviceFacts {
  /** The module of the driver that has it now; absent where it has none, or one that is inside of the kernel. */
  readonly module?: string;
  /** Modules that would take it by its ids, with `_`, from the lists of the kernel that does the binding. */
  readonly takers: readonly string[];
  /**
   * It may come after the initramfs' first script: `late` always does (a virtual function, which its card's driver makes);
   * `any-time` may be there at boot or be plugged in later (Thunderbolt, hot-plug slots). Left out of all others.
   */
  readonly comes?: "late" | "any-time";
  /** Of sysfs' `reset_method`: `flr`, `pm`, `bus` …; empty where the kernel has no way to reset it. */
  readonly resetMethods: Fact<readonly string[]>;
  /**
   * Memory that the firmware wants mapped one to one for its group, so that VFIO refuses it: the lines `direct` of
   * `reserved_regions`. Those that are `direct-relaxable` do no harm. Left out where it is in no group.
   */
  readonly directRegions?: Fact<readonly string[]>;
  /** Numbers of the BARs that can be resized (`resourceN_resize`). */
  readonly resizableBars: readonly number[];
  /** The frame buffer that draws on it, e.g. `fb0 (simpledrm)`. */
  readonly frameBuffer?: string | undefined;
}
