import type { LoaderDefault, LoaderEntry } from "../../model/index.ts";
import type { Naming } from "./naming.ts";
import { isNamed, namingsOf, pins } from "./naming.ts";
import { fileName, inMenuOrder, isShown } from "./order.ts";

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
  /** In the order of the menu, so the first one starts; none where the loader remembers its choice (`@saved`) and that cannot be seen. */
  readonly named: readonly LoaderEntry[];
}

/**
 * What decides which entry starts (loader.conf(5), systemd-boot(7)): the one-shot variable, else the default variable,
 * else loader.conf. What names no entry counts as not said. Undefined where nothing names any, or where it depends on the
 * loader's version what is named, and that is unknown.
 */
export function namedDefault(
  entries: readonly LoaderEntry[],
  setting: LoaderDefault,
): NamedDefault | undefined {
  const [first, ...others] = namingsOf(setting).map((naming) => namedBy(naming, entries, setting));
  const named = (found: NamedDefault | undefined): string => JSON.stringify(found?.named.map(fileName));
  return others.every((other) => named(other) === named(first)) ? first : undefined;
}

function namedBy(
  naming: Naming,
  entries: readonly LoaderEntry[],
  setting: LoaderDefault,
): NamedDefault | undefined {
  const menu = inMenuOrder(entries.filter(isShown));
  for (const says of saysOf(setting)) {
    const isSaved = isRemembered(says.pattern);
    const { saved } = setting;
    if (isSaved && saved === undefined) return { ...says, named: [] };
    const looked = isSaved ? ({ pattern: saved ?? "", place: "variable" } as const) : says;
    const named = menu.filter((candidate) => isNamed(naming, looked, candidate));
    if (named.length > 0) return { ...says, named };
  }
  return undefined;
}

/** loader.conf(5): the entry of the last boot. */
export function isRemembered(pattern: string | undefined): boolean {
  return pattern?.toLowerCase() === "@saved";
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
 * where it cannot be told, with the reason by {@link whyOpen}.
 */
export function choose(entries: readonly LoaderEntry[], setting: LoaderDefault): Choice | undefined {
  const [first, ...others] = namingsOf(setting).map((naming) => chooseBy(naming, entries, setting));
  return others.every((other) => other?.entry.path === first?.entry.path) ? first : undefined;
}

function chooseBy(
  naming: Naming,
  entries: readonly LoaderEntry[],
  setting: LoaderDefault,
): Choice | undefined {
  const found = namedBy(naming, entries, setting);
  if (found !== undefined) {
    const { pattern, named } = found;
    const [entry] = named;
    const once = pattern === setting.oneShot;
    if (entry === undefined) return undefined;
    return { entry, by: `${found.by} is ${pattern}`, once, pinned: !once && pins(pattern, entry) };
  }
  // What the loader finds by itself is only started where a default names it, or where there is nothing else.
  const shown = entries.filter(isShown);
  const own = inMenuOrder(shown.filter(({ kind }) => kind !== "auto"));
  const menu = own.length > 0 ? own : shown;
  const [first] = menu;
  const [said] = saysOf(setting);
  if (first === undefined || unplaced(menu) !== undefined) return undefined;
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

function unplaced(menu: readonly LoaderEntry[]): LoaderEntry | undefined {
  return menu.find((entry) => entry.unplaced === true);
}

/** Why it cannot be told what starts, one clause, where there are entries and {@link choose} has no answer. */
export function whyOpen(entries: readonly LoaderEntry[], setting: LoaderDefault): string {
  const found = namingsOf(setting).map((naming) => namedBy(naming, entries, setting));
  if (found.some((one) => one?.named.length === 0)) return "systemd-boot remembers its last choice";
  const strange = unplaced(entries);
  if (strange !== undefined && found.every((one) => one === undefined))
    return `${strange.path} is in the menu too, and where it comes cannot be read of it`;
  const [one] = found.flatMap((each) => each ?? []);
  return one === undefined
    ? "the menu has no entry that systemd-boot would start by itself"
    : `${one.by} is ${one.pattern}, and it depends on systemd-boot's version, which cannot be told, whether that names ${one.named.map(fileName).join(", ")} (245 and newer want the name with .conf; the newest want it without the counter of tries)`;
}
