import { posix } from "node:path";
import type { LoaderDefault, LoaderEntry } from "../../model/index.ts";
import { matchesPattern } from "./entry-text.ts";

/** How a systemd-boot compares what names a default with the entries of its menu. */
export interface Naming {
  /** The names that it has for an entry. */
  readonly names: "file" | "stem" | "both";
  /** It compares an EFI variable as it is, without `*`, `?` and `[…]`. */
  readonly plainVariable: boolean;
  /** The counter of tries is no part of the name. */
  readonly countless: boolean;
  /** It takes single quotes around a value of loader.conf off, as all do with double ones. */
  readonly unquotes: boolean;
}

const BOTH = [false, true];

/**
 * The ways in which this host's loader may compare: mostly one, where its version is known (LoaderInfo). Until systemd 244
 * an entry is called by the name of its file without `.conf`, since 245 with it (systemd/systemd#15068); Pop!_OS has its
 * build take both (pop-os/installer#210). Until 250 an EFI variable is no pattern. Where this boot's own entry contradicts
 * that, both may be true.
 */
export function namingsOf({ loaderInfo, selected, configured }: LoaderDefault): readonly Naming[] {
  const [, digits, point] = /^systemd-boot (\d+)(?:\.(\d+))?/.exec(loaderInfo ?? "") ?? [];
  const version = digits === undefined ? undefined : Number(digits);
  const plainVariable = version !== undefined && version < 251;
  const ways = countless(version, Number(point ?? 0)).flatMap((isCountless) =>
    unquotes(version).map((isUnquoting) => ({
      plainVariable,
      countless: isCountless,
      unquotes: isUnquoting,
    })),
  );
  const called = (names: Naming["names"]): Naming[] => ways.map((way) => ({ ...way, names }));
  if (version === undefined) return [...called("file"), ...called("both")];
  if (version < 245) return called("stem");
  if ((loaderInfo ?? "").includes("pop")) return called("both");
  const [ones, others] = [called("file"), called("both")];
  const isNamedBy = (way: Naming): boolean =>
    selected !== undefined && configured !== undefined && names(way, unquoted(way, configured), selected);
  return !ones.some(isNamedBy) && others.some(isNamedBy) ? [...ones, ...others] : ones;
}

/** Since systemd 259, and in some of the releases that mend older ones (systemd/systemd#38813): 257.13, not 257.7. */
function countless(version: number | undefined, point: number): readonly boolean[] {
  if (version === undefined) return BOTH;
  const [last, first] = version === 257 ? [7, 13] : version === 258 ? [0, 3] : [Infinity, Infinity];
  if (version > 258 || point >= first) return [true];
  return point <= last ? [false] : BOTH;
}

/** 252 does not, 257 does. */
function unquotes(version: number | undefined): readonly boolean[] {
  if (version === undefined) return BOTH;
  return version <= 252 ? [false] : version >= 257 ? [true] : BOTH;
}

function unquoted(naming: Naming, pattern: string): string {
  return (naming.unquotes ? /^'(.*)'$/s.exec(pattern)?.[1] : undefined) ?? pattern;
}

/** Whether this pattern of loader.conf, or this value of a variable, names an entry by one of its loader's names for it. */
export function isNamed(
  naming: Naming,
  { pattern, place }: { readonly pattern: string; readonly place: "variable" | "file" },
  entry: Pick<LoaderEntry, "path">,
): boolean {
  const file = posix.basename(entry.path);
  return place === "variable" && naming.plainVariable
    ? namesIn(naming, file).includes(pattern.toLowerCase())
    : names(naming, place === "file" ? unquoted(naming, pattern) : pattern, file);
}

type Names = Pick<Naming, "names" | "countless">;

function names(naming: Names, pattern: string, file: string): boolean {
  return namesIn(naming, file).some((name) => matchesPattern(pattern.toLowerCase(), name));
}

/** Case does not count on an ESP. */
function namesIn(naming: Names, file: string): string[] {
  const lower = file.toLowerCase();
  const whole = naming.countless ? lower.replace(/\+\d+(?:-\d+)?(?=\.(?:conf|efi)$)/, "") : lower;
  const stem = whole.replace(/\.conf$/, "");
  return naming.names === "file" ? [whole] : naming.names === "stem" ? [stem] : [whole, stem];
}

/**
 * A default that names this entry for good: also while its counter goes down and when it is gone. A mere `*` would name
 * the entry of 6.12.10 along with that of 6.12.1, so it is only taken where the loader knows the entry without `.conf`.
 */
export function patternFor({ id, tries }: Pick<LoaderEntry, "id" | "tries">, setting: LoaderDefault): string {
  const isOld = namingsOf(setting).every((naming) => naming.names === "stem");
  if (isOld) return setting.variable === undefined ? `${id}*` : id;
  return tries === undefined ? `${id}.conf` : `${id}[+.]*conf`;
}

/** All patterns that hostcfg gives an entry: once its tries are counted, it is still named by the one of before. */
export function pins(pattern: string, { id }: Pick<LoaderEntry, "id">): boolean {
  return [`${id}.conf`, `${id}[+.]*conf`, `${id}*`, id].includes(pattern);
}

/** Whether some systemd-boot takes this for the name of the entry with this id. */
export function couldName(pattern: string, id: string): boolean {
  return names({ names: "both", countless: false }, pattern, `${id}.conf`);
}
