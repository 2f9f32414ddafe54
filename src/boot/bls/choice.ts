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

/**
 * What systemd-boot starts (loader.conf(5), systemd-boot(7)): the one-shot variable, else the default variable, else
 * loader.conf's default, else the first entry of the menu. What names no entry counts as not said. Undefined where
 * there is no entry, or where the choice was saved by the loader itself (`@saved`).
 */
export function choose(entries: readonly LoaderEntry[], setting: LoaderDefault): Choice | undefined {
  const menu = inMenuOrder(entries);
  const { oneShot, variable, configured } = setting;
  const says = [
    { pattern: oneShot, by: "the EFI variable LoaderEntryOneShot, for one boot", once: true },
    { pattern: variable, by: "the EFI variable LoaderEntryDefault", once: false },
    { pattern: configured, by: "the default of loader.conf", once: false },
  ];
  for (const { pattern, by, once } of says) {
    if (pattern === undefined) continue;
    if (pattern.startsWith("@")) return undefined;
    const entry = menu.find((candidate) => isNamed(pattern, candidate));
    if (entry !== undefined)
      return { entry, by: `${by} is ${pattern}`, once, pinned: !once && pins(pattern, entry) };
  }
  const [first] = menu;
  const said = says.find(({ pattern }) => pattern !== undefined);
  const by =
    said === undefined
      ? "nothing names a default, and it is the first of the menu"
      : `${said.by} is ${said.pattern ?? ""}, which names no entry, and it is the first of the menu`;
  if (first === undefined) return undefined;
  const missed = said?.pattern === undefined ? {} : { missed: said.pattern };
  return { entry: first, by, once: false, pinned: false, ...missed };
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
