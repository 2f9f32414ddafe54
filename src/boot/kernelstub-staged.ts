import { known, unknown } from "../facts/fact.ts";
import type { BootFile, EspFacts, Fact, HostState, LoaderDefault, LoaderEntry, NextBoot } from "../model.ts";
import { oldId } from "./kernelstub-probe.ts";
import { namesEntry } from "./loader-entries.ts";

/** What systemd-boot starts as things stand: one-shot variable, then default variable, then loader.conf. */
export function stagedBoot(state: HostState): Fact<NextBoot> {
  const facts = state.bootLoader.kernelstub;
  if (facts === undefined) return unknown("kernelstub is not installed on this host");
  if (!facts.esp.known) return facts.esp;
  if (!facts.loaderDefault.known) return facts.loaderDefault;
  if (!facts.entries.known) return facts.entries;
  const choice = chosenBy(facts.loaderDefault.value, facts.esp.value);
  if (choice === undefined)
    return unknown(`${facts.esp.value.mountPoint}/loader/loader.conf names no default entry`);
  const entry = facts.entries.value.find((candidate) => namesEntry(choice.pattern, candidate.id));
  if (entry === undefined) return unknown(`${choice.by} is ${choice.pattern}, but there is no such entry`);
  const old = facts.name.known
    ? facts.entries.value.find(({ id }) => facts.name.known && id === oldId(facts.name.value))
    : undefined;
  return known({
    loader: "kernelstub",
    release: releaseOf(entry, state.kernels),
    kernel: entry.image?.path ?? "missing",
    initrd: entry.initrd?.path ?? "missing",
    options: entry.options,
    rule: `systemd-boot starts ${entry.id}: ${choice.by}`,
    fallback:
      old === undefined ? unknown("there is no entry for an older kernel") : releaseOf(old, state.kernels),
  });
}

export function chosenBy(setting: LoaderDefault, esp: EspFacts): { pattern: string; by: string } | undefined {
  if (setting.oneShot !== undefined)
    return { pattern: setting.oneShot, by: "the EFI variable LoaderEntryOneShot, for one boot" };
  if (setting.variable !== undefined)
    return { pattern: setting.variable, by: "the EFI variable LoaderEntryDefault" };
  if (setting.configured === undefined) return undefined;
  return { pattern: setting.configured, by: `the default of ${esp.mountPoint}/loader/loader.conf` };
}

/** The release whose image in /boot has the same bytes as the entry's copy. */
export function releaseOf(entry: LoaderEntry, kernels: HostState["kernels"]): Fact<string> {
  if (entry.image === undefined) return unknown(`the image that ${entry.id} names is not on the ESP`);
  if (!kernels.known) return kernels;
  const twin = kernels.value.find((kernel) => sameBytes(kernel.image, entry.image));
  return twin === undefined
    ? unknown(`${entry.image.path} is a copy of no kernel that is in /boot now`)
    : known(twin.release);
}

export function sameBytes(a: BootFile | undefined, b: BootFile | undefined): boolean {
  return (
    a?.sha256?.known === true && b?.sha256?.known === true && a.size > 0 && a.sha256.value === b.sha256.value
  );
}
