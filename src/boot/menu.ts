import type { BootFile, Diagnostic, Fact } from "../model/index.ts";

/** An entry of a boot menu as far as it matters to whether it starts. */
export interface MenuEntry {
  readonly name: string;
  readonly release: Fact<string>;
  /** The file that the entry names, undefined where it is not there; unknown where it cannot be seen. */
  readonly image: Fact<BootFile | undefined>;
  /** `none`: the entry names no initrd at all. */
  readonly initrd: Fact<BootFile | "none" | undefined>;
  /** Without a loader's own part. */
  readonly options: string;
  /** The line as the kernel gets it. */
  readonly line: string;
  /** The image and the initrd are copies: these have to be equal to the files of /boot. */
  readonly copied: boolean;
  /** Of another system, such as a recovery partition: what it needs is not here to be seen. */
  readonly foreign: boolean;
  /** Whether it needs a root= on its line. */
  readonly needsRoot: boolean;
}

export interface Menu {
  /** Undefined where the menu is empty. */
  readonly chosen: MenuEntry | undefined;
  /** One clause: why this one boots next. */
  readonly by: string;
  /** The first entry of another kernel. */
  readonly fallback: Fact<MenuEntry>;
  /** Of the choice itself. */
  readonly problems: readonly Diagnostic[];
}
