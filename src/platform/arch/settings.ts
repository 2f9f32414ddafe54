import type { Reader } from "../../host/reader.ts";

/** A folder for each package that is there, called NAME-VERSION. No program is needed to read it. */
export const DATABASE = "/var/lib/pacman/local";

/** Made by whoever changes packages through libalpm, and left where that is cut (pacman(8)). */
export const LOCK_FILE = "/var/lib/pacman/db.lck";

export const SETTINGS = "/etc/pacman.conf";

export interface PacmanSettings {
  /** Whether an upgrade leaves this package alone (IgnorePkg). */
  readonly ignored: (name: string) => boolean;
}

/** pacman.conf(5). Files that it includes are not read: they hold mirrors, but for what somebody put there. */
export function readSettings(reader: Reader): PacmanSettings {
  const patterns = ignoredIn(reader.readText(SETTINGS) ?? "").map(globOf);
  return { ignored: (name) => patterns.some((pattern) => pattern.test(name)) };
}

/** The names and shell patterns of IgnorePkg, in the order of the lines. */
export function ignoredIn(text: string): readonly string[] {
  const section = /^\s*\[options\]\s*$([\s\S]*?)(?=^\s*\[|(?![\s\S]))/gm;
  return [...text.matchAll(section)].flatMap(([, body = ""]) =>
    [...body.matchAll(/^\s*IgnorePkg\s*=\s*(.*)$/gm)].flatMap(([, value = ""]) =>
      value.replace(/\s+$/, "").split(/\s+/).filter(Boolean),
    ),
  );
}

/** glob(7), as far as names of packages need it. */
function globOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`);
}
