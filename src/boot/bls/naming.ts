import { posix } from "node:path";
import type { LoaderDefault, LoaderEntry } from "../../model/index.ts";
import { matchesPattern } from "./entry-text.ts";

/** How a systemd-boot compares what names a default with the entries of its menu. */
export interface Naming {
  /** The names that it has for an entry. */
  readonly names: "file" | "stem" | "both";
  /** It compares an EFI variable as it is, without `*`, `?` and `[…]`. */
  readonly plainVariable: boolean;
}

/** As systemd 251 and newer do. */
const TODAY: Naming = { names: "file", plainVariable: false };

/**
 * The ways in which this host's loader may compare: one, where its version is known (LoaderInfo). Until systemd 244 an
 * entry is called by the name of its file without `.conf`, since 245 with it (systemd/systemd#15068); Pop!_OS has its build
 * take both (pop-os/installer#210). Until 250 an EFI variable is no pattern. Where this boot's own entry contradicts that,
 * both may be true.
 */
export function namingsOf({ loaderInfo, selected, configured }: LoaderDefault): readonly Naming[] {
  const [, digits] = /^systemd-boot (\d+)/.exec(loaderInfo ?? "") ?? [];
  if (digits === undefined) return [TODAY, { ...TODAY, names: "both" }];
  const version = Number(digits);
  const plainVariable = version < 251;
  if (version < 245) return [{ names: "stem", plainVariable }];
  if ((loaderInfo ?? "").includes("pop")) return [{ names: "both", plainVariable }];
  const one: Naming = { names: "file", plainVariable };
  const isContradicted =
    selected !== undefined &&
    configured !== undefined &&
    !names(one, configured, selected) &&
    names({ ...one, names: "both" }, configured, selected);
  return isContradicted ? [one, { ...one, names: "both" }] : [one];
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
    : names(naming, pattern, file);
}

function names(naming: Naming, pattern: string, file: string): boolean {
  return namesIn(naming, file).some((name) => matchesPattern(pattern.toLowerCase(), name));
}

/** Case does not count on an ESP. */
function namesIn(naming: Naming, file: string): string[] {
  const whole = file.toLowerCase();
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
  return names({ ...TODAY, names: "both" }, pattern, `${id}.conf`);
}
