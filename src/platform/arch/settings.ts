import { posix } from "node:path";
import type { Reader } from "../../host/reader.ts";

/** A folder for each package that is there, called NAME-VERSION. No program is needed to read it. */
export const DATABASE = "/var/lib/pacman/local";

/** Made by whoever changes packages through libalpm, and left where that is cut (pacman(8)). */
export const LOCK_FILE = "/var/lib/pacman/db.lck";

export const SETTINGS = "/etc/pacman.conf";

export interface PacmanSettings {
  /** Whether an upgrade leaves this package alone (IgnorePkg, IgnoreGroup). */
  readonly ignored: (desc: { readonly name: string; readonly groups: readonly string[] }) => boolean;
}

/** pacman.conf(5), with what its section of options includes. */
export function readSettings(reader: Reader): PacmanSettings {
  const text = reader.readText(SETTINGS) ?? "";
  const included = (pattern: string): readonly string[] =>
    filesLike(reader, pattern).map((path) => reader.readText(path) ?? "");
  const [packages, groups] = (["IgnorePkg", "IgnoreGroup"] as const).map((key) => {
    const patterns = optionsIn(text, key, included).map(globOf);
    return (name: string) => patterns.some((pattern) => pattern.test(name));
  });
  return {
    ignored: (desc) => packages?.(desc.name) === true || (groups !== undefined && desc.groups.some(groups)),
  };
}

/** As deep as pacman follows files that include others. */
const DEEPEST = 10;

/**
 * The words that a key has in the section of options, in the order of the lines.
 *
 * @param included The texts of the files that a pattern names: they stand in the place of their line.
 */
export function optionsIn(
  text: string,
  key: "IgnorePkg" | "IgnoreGroup",
  included: (pattern: string) => readonly string[] = () => [],
): readonly string[] {
  let section: string | undefined;
  const walk = (lines: string, depth: number): string[] =>
    lines.split("\n").flatMap((line) => {
      const heading = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
      section = heading ?? section;
      const [, name, value = ""] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (section !== "options" || name === undefined) return [];
      if (name === "Include")
        return depth === DEEPEST ? [] : included(value).flatMap((one) => walk(one, depth + 1));
      return name === key ? value.split(/\s+/).filter(Boolean) : [];
    });
  return walk(text, 0);
}

/** The files that a pattern of Include= names; of folders it names none by a pattern. */
function filesLike(reader: Reader, pattern: string): readonly string[] {
  const [folder, name] = [posix.dirname(pattern), globOf(posix.basename(pattern))];
  return (reader.list(folder) ?? [])
    .filter((one) => name.test(one))
    .sort()
    .map((one) => posix.join(folder, one));
}

/** glob(7), as far as names of packages and files need it. */
function globOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`);
}
