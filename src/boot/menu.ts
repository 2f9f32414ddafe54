import { known, unknown } from "../facts/fact.ts";
import type { BootFile, BootLoaderName, Diagnostic, Fact, NextBoot } from "../model/index.ts";

/** An entry of a boot menu as far as it matters to whether it starts. */
export interface MenuEntry {
  readonly name: string;
  /** What it starts, by the bytes of its files where these are copies. */
  readonly release: Fact<string>;
  /** What it starts by its own word, where it says so. */
  readonly said?: string | undefined;
  /** This boot came by it, as its line and the bytes of its kernel say, whatever its initrd is. */
  readonly booted?: boolean;
  /** The paths that the loader reads, for a person. */
  readonly reads: Pick<NextBoot, "kernel" | "initrd">;
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
  /** The same as a sentence, with the loader and the entry. */
  readonly rule: string;
  /** The entry of another kernel to go back to, as {@link wayBackAmong} says. */
  readonly fallback: Fact<MenuEntry>;
  /** Of the choice itself. */
  readonly problems: readonly Diagnostic[];
}

/** What an entry starts, by its own word where the bytes of its files do not tell it. */
export function releaseOrSaid({ release, said }: MenuEntry): Fact<string> {
  return !release.known && said !== undefined ? known(said) : release;
}

/** What boots next by a loader's menu. */
export function nextBootOf(loader: BootLoaderName, menu: Fact<Menu>): Fact<NextBoot> {
  if (!menu.known) return menu;
  const { chosen, by, rule, fallback } = menu.value;
  if (chosen === undefined) return unknown(by);
  const { name, release, reads, options } = chosen;
  return known({
    loader,
    entry: name,
    release,
    ...reads,
    options,
    rule,
    fallback: fallback.known ? releaseOrSaid(fallback.value) : fallback,
  });
}

/** The release that boots next, where it is known. */
export function nextRelease(boot: Fact<NextBoot>): string | undefined {
  return boot.known && boot.value.release.known ? boot.value.release.value : undefined;
}

/**
 * The entry to go back to, of those of another kernel than the chosen one: the first that starts the kernel of this boot.
 * Where the chosen one is that kernel, or nobody knows which it is, any other is better than none. Else none is known to
 * have booted, and what never has is no way back.
 */
export function wayBackAmong(
  others: readonly MenuEntry[],
  { release: next }: MenuEntry,
  running: Fact<string>,
): Fact<MenuEntry> {
  const [first] = others;
  if (first === undefined) return unknown("the menu has no other kernel");
  const starts = ({ release, booted }: MenuEntry): boolean =>
    booted === true || (release.known && running.known && release.value === running.value);
  const tried = others.find(starts);
  if (tried !== undefined) return known(tried);
  if (running.known && next.known && next.value !== running.value)
    return unknown(
      `no other entry starts ${running.value}, the kernel of this boot, and nothing else is known to have booted`,
    );
  // One whose kernel can be told is the better one.
  return known(others.find(({ release }) => release.known) ?? first);
}
