import type { LoaderDefault, LoaderEntry } from "../../model/index.ts";
import { namesEntry } from "./entry-text.ts";
import { fileName, inMenuOrder } from "./order.ts";

export interface Choice {
  readonly entry: LoaderEntry;
  /** One clause, e.g. `the default of loader.conf is x.conf`. */
  readonly by: string;
  /** What decided names this entry and could not name another one that comes. */
  readonly pinned: boolean;
  /** LoaderEntryOneShot: vanishes with the boot. */
  readonly once: boolean;
  /** The default that is set and names no entry. */
  readonly missed?: string;
}

/** What names a default, and what it names. */
export interface NamedDefault {
  readonly pattern: string;
  /** e.g. `the default of loader.conf`. */
  readonly by: string;
  readonly place: "variable" | "file";
  /** In the order of the menu, so the first one starts; none where the loader remembers its choice by itself (`@saved`). */
  readonly named: readonly LoaderEntry[];
}

/**
 * What decides which entry starts (loader.conf(5), systemd-boot(7)): the one-shot variable, else the default variable,
 * else loader.conf. What names no entry counts as not said. Undefined where nothing names any.
 */
export function namedDefault(
  entries: readonly LoaderEntry[],
  setting: LoaderDefault,
): NamedDefault | undefined {
  const menu = inMenuOrder(entries);
  for (const { pattern, ...says } of saysOf(setting)) {
    const named = pattern.startsWith("@") ? [] : menu.filter((candidate) => isNamed(pattern, candidate));
    if (named.length > 0 || pattern.startsWith("@")) return { pattern, ...says, named };
  }
  return undefined;
}

function saysOf({ oneShot, variable, configured }: LoaderDefault) {
  return (
    [
      { pattern: oneShot, by: "the EFI variable LoaderEntryOneShot, for one boot", place: "variable" },
      { pattern: variable, by: "the EFI variable LoaderEntryDefault", place: "variable" },
      { pattern: configured, by: "the default of loader.conf", place: "file" },
    ] as const
  ).flatMap(({ pattern, ...says }) => (pattern === undefined ? [] : [{ pattern, ...says }]));
}

/**
 * What systemd-boot starts: what names a default, else the first entry of the menu. Undefined where there is no entry, or
 * where the choice was saved by the loader itself (`@saved`).
 */
export function choose(entries: readonly LoaderEntry[], setting: LoaderDefault): Choice | undefined {
  const found = namedDefault(entries, setting);
  if (found !== undefined) {
    const { pattern, named } = found;
    const [entry] = named;
    const once = pattern === setting.oneShot;
    if (entry === undefined) return undefined;
    return { entry, by: `${found.by} is ${pattern}`, once, pinned: !once && pins(pattern, entry) };
  }
  const [first] = inMenuOrder(entries);
  const [said] = saysOf(setting);
  if (first === undefined) return undefined;
  const by =
    said === undefined
      ? "nothing names a default, and it is the first of the menu"
      : `${said.by} is ${said.pattern}, which names no entry, and it is the first of the menu`;
  return {
    entry: first,
    by,
    once: false,
    pinned: false,
    ...(said === undefined ? {} : { missed: said.pattern }),
  };
}

/** A counted entry is only known by its file's name: systemd 252 does not match it by the plain one. */
function isNamed(pattern: string, entry: LoaderEntry): boolean {
  return namesEntry(pattern, fileName(entry).replace(/\.conf$/, ""));
}

/**
 * A default that names this entry for good: also while its counter goes down and when it is gone. A mere `*` would name
 * the entry of 6.12.10 along with that of 6.12.1.
 */
export function patternFor({ id, tries }: Pick<LoaderEntry, "id" | "tries">): string {
  return tries === undefined ? `${id}.conf` : `${id}[+.]*conf`;
}

/** Once its tries are counted, an entry is still named by the pattern that it was given before. */
function pins(pattern: string, { id }: LoaderEntry): boolean {
  return [patternFor({ id }), patternFor({ id, tries: { left: 0, done: 0 } })].includes(pattern);
}
