import type { Fact } from "./fact.ts";
import type { BootFile } from "./kernel.ts";

export interface EspFacts {
  readonly mountPoint: string;
  /** `vfat` on real hosts. */
  readonly type: string;
  readonly freeBytes: Fact<number>;
  /** This boot's loader came from another ESP, one clause; absent where nothing speaks for it. */
  readonly elsewhere?: string;
}

export interface LoaderDefault {
  /** The `default` line of loader.conf, a glob over entry ids; absent when there is none. */
  readonly configured?: string | undefined;
  /** loader.conf exists; kernelstub writes one with its own entry as the default only where there is none. */
  readonly file: boolean;
  /** Whether the EFI variables below could be looked at; an absent one is not set only then. */
  readonly variablesKnown: boolean;
  /** EFI variable LoaderEntryDefault. */
  readonly variable?: string | undefined;
  /** EFI variable LoaderEntryOneShot: wins at the next boot, then vanishes. */
  readonly oneShot?: string | undefined;
  /** EFI variable LoaderEntryLastBooted, empty where it is not set; only where `@saved` asks for it and it can be seen. */
  readonly saved?: string;
  /** EFI variable LoaderInfo: name and version of the loader that started this boot. */
  readonly loaderInfo?: string | undefined;
  /** EFI variable LoaderEntrySelected: the entry of this boot, by the name of its file. */
  readonly selected?: string | undefined;
}

/** An entry of systemd-boot's menu: mostly a type #1 entry of the Boot Loader Specification. */
export interface LoaderEntry {
  /** `unified`: an image of EFI/Linux (type #2). `auto`: another loader or system that systemd-boot finds by itself. */
  readonly kind?: "unified" | "auto";
  /** File name without `.conf` and without the counter of boot tries. */
  readonly id: string;
  readonly path: string;
  /** What decides its place in the menu could not be read of it. */
  readonly unplaced?: true;
  readonly title?: string | undefined;
  /** The keys `version`, `sort-key` and `machine-id`, which decide the order of the menu. */
  readonly version?: string | undefined;
  readonly sortKey?: string | undefined;
  readonly machineId?: string | undefined;
  /** From a counted name, `<id>+LEFT[-DONE].conf`. None left: the entry is bad and comes last. */
  readonly tries?: { readonly left: number; readonly done: number };
  readonly options: string;
  /** The kernel image that it names, if that file exists on the ESP. */
  readonly image?: BootFile | undefined;
  readonly initrd?: BootFile | undefined;
  /** The EFI program that it starts instead of a kernel, if that file exists. */
  readonly program?: BootFile;
}

/** A small text file that hostcfg may have to write. */
export interface TextFile {
  readonly path: string;
  /** The file itself, where the path is a link to it. */
  readonly at?: string | undefined;
  readonly text: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A copy of a kernel or an initrd that hostcfg has made. */
export interface PinnedCopy {
  readonly path: string;
  readonly sha256: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}
