import type { EspFacts, LoaderDefault } from "../../model/index.ts";
import { namesEntry } from "../bls/entry-text.ts";

/** What names a default. */
export interface NamedDefault {
  readonly pattern: string;
  readonly by: string;
  readonly place: "variable" | "file";
  /** The ids that it names: more than one where it is no name but a pattern. */
  readonly ids: readonly string[];
}

/** What decides which entry boots; undefined where nothing names any of these. What names none is passed over. */
export function namedDefault(
  { oneShot, variable, configured }: LoaderDefault,
  esp: EspFacts,
  entries: Iterable<string>,
): NamedDefault | undefined {
  const all = [...entries];
  const says = [
    { pattern: oneShot, by: "the EFI variable LoaderEntryOneShot, for one boot", place: "variable" },
    { pattern: variable, by: "the EFI variable LoaderEntryDefault", place: "variable" },
    {
      pattern: configured,
      by: `the default of ${esp.mountPoint}/loader/loader.conf`,
      place: "file",
    },
  ] as const;
  for (const { pattern, by, place } of says) {
    if (pattern === undefined) continue;
    const ids = all.filter((id) => namesEntry(pattern, id));
    // With @saved the loader itself remembers.
    if (ids.length > 0 || pattern.startsWith("@")) return { pattern, by, place, ids };
  }
  return undefined;
}
