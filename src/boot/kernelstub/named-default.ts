import type { EspFacts, LoaderDefault } from "../../model/index.ts";

/** What names a default, and where it stands; undefined where nothing does. */
export function namedDefault(
  setting: LoaderDefault,
  esp: EspFacts,
): { pattern: string; by: string } | undefined {
  if (setting.oneShot !== undefined)
    return { pattern: setting.oneShot, by: "the EFI variable LoaderEntryOneShot, for one boot" };
  if (setting.variable !== undefined)
    return { pattern: setting.variable, by: "the EFI variable LoaderEntryDefault" };
  if (setting.configured === undefined) return undefined;
  return { pattern: setting.configured, by: `the default of ${esp.mountPoint}/loader/loader.conf` };
}
