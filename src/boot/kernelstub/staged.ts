import { known, unknown } from "../../facts/fact.ts";
import type {
  EspFacts,
  Fact,
  HostState,
  KernelstubFacts,
  LoaderDefault,
  LoaderEntry,
  NextBoot,
} from "../../model/index.ts";
import type { Stub } from "./host.ts";
import { isPin, releaseOfPin } from "./pin-files.ts";
import { currentId, oldId } from "./probe.ts";
import { releaseOf } from "../bls/entry-release.ts";
import { namesEntry } from "../bls/entry-text.ts";

/** What systemd-boot starts as things stand: one-shot variable, then default variable, then loader.conf. */
export function stagedBoot(state: HostState, preferred?: string): Fact<NextBoot> {
  const facts = state.bootLoader.kernelstub;
  if (facts === undefined) return unknown("kernelstub is not installed on this host");
  if (!facts.esp.known) return facts.esp;
  if (!facts.loaderDefault.known) return facts.loaderDefault;
  if (!facts.entries.known) return facts.entries;
  const choice = chosenBy(facts.loaderDefault.value, facts.esp.value);
  if (choice === undefined)
    return unknown(`${facts.esp.value.mountPoint}/loader/loader.conf names no default entry`);
  const [entry, ...others] = facts.entries.value.filter(({ id }) => namesEntry(choice.pattern, id));
  if (entry === undefined) return unknown(`${choice.by} is ${choice.pattern}, but there is no such entry`);
  if (others.length > 0) return unknown(`${choice.by} is ${choice.pattern}, which names several entries`);
  return known({
    loader: "kernelstub",
    release: releaseOf(entry, state.kernels, isPin(entry.id) ? releaseOfPin(entry) : preferred),
    kernel: entry.image?.path ?? "missing",
    initrd: entry.initrd?.path ?? "missing",
    options: entry.options,
    rule: `systemd-boot starts ${entry.id}: ${choice.by}${facts.loaderDefault.value.variablesKnown ? "" : ", unless an EFI variable that cannot be seen here says otherwise"}`,
    fallback: fallbackBeside(entry, facts, state),
  });
}

/** kernelstub's old kernel; beside a pin, the first of kernelstub's entries that is another kernel. */
function fallbackBeside(
  entry: LoaderEntry,
  { name, entries }: KernelstubFacts,
  state: HostState,
): Fact<string> {
  if (!name.known || !entries.known) return unknown("kernelstub's entries are unknown");
  const releaseOfEntry = (wanted: string): Fact<string>[] =>
    entries.value.filter(({ id }) => id === wanted).map((one) => releaseOf(one, state.kernels));
  const old = releaseOfEntry(oldId(name.value));
  if (!isPin(entry.id)) return old[0] ?? unknown("there is no entry for an older kernel");
  const others = [...releaseOfEntry(currentId(name.value)), ...old];
  const found = others.find((one) => one.known && one.value !== releaseOfPin(entry));
  return found ?? unknown("kernelstub's own entries have no other kernel");
}

/**
 * The id of the entry that boots once kernelstub has run, which writes a default only where there is no loader.conf;
 * undefined where that is not one entry.
 */
export function startedAfterRun({
  name,
  entries,
  esp,
  configuration,
  default: setting,
}: Stub): string | undefined {
  const own = currentId(name);
  const written = configuration.forceUpdate || !setting.file ? { configured: own } : {};
  const choice = chosenBy({ ...setting, ...written }, esp);
  if (choice === undefined) return undefined;
  const ids = new Set([...entries.map(({ id }) => id), own]);
  const [started, ...others] = [...ids].filter((id) => namesEntry(choice.pattern, id));
  return others.length === 0 ? started : undefined;
}

export function chosenBy(setting: LoaderDefault, esp: EspFacts): { pattern: string; by: string } | undefined {
  if (setting.oneShot !== undefined)
    return { pattern: setting.oneShot, by: "the EFI variable LoaderEntryOneShot, for one boot" };
  if (setting.variable !== undefined)
    return { pattern: setting.variable, by: "the EFI variable LoaderEntryDefault" };
  if (setting.configured === undefined) return undefined;
  return { pattern: setting.configured, by: `the default of ${esp.mountPoint}/loader/loader.conf` };
}
