import { known, unknown } from "../../facts/fact.ts";
import type {
  BootFile,
  EspFacts,
  Fact,
  HostState,
  LoaderDefault,
  LoaderEntry,
  NextBoot,
} from "../../model.ts";
import { oldId } from "./probe.ts";
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
  const old = facts.name.known
    ? facts.entries.value.find(({ id }) => facts.name.known && id === oldId(facts.name.value))
    : undefined;
  return known({
    loader: "kernelstub",
    release: releaseOf(entry, state.kernels, preferred),
    kernel: entry.image?.path ?? "missing",
    initrd: entry.initrd?.path ?? "missing",
    options: entry.options,
    rule: `systemd-boot starts ${entry.id}: ${choice.by}${facts.loaderDefault.value.variablesKnown ? "" : ", unless an EFI variable that cannot be seen here says otherwise"}`,
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

/**
 * The release that an entry's copies were made from: both its image and its initrd have the bytes of that release's
 * files in /boot. Several kernels may have equal files; then it is the preferred one, else the newest.
 */
export function releaseOf(
  entry: LoaderEntry,
  kernels: HostState["kernels"],
  preferred?: string,
): Fact<string> {
  if (entry.image === undefined) return unknown(`the image that ${entry.id} names is not on the ESP`);
  if (entry.initrd === undefined) return unknown(`the initrd that ${entry.id} names is not on the ESP`);
  if (!kernels.known) return kernels;
  const { image, initrd } = entry;
  const refused = unreadable([
    image,
    initrd,
    ...kernels.value.flatMap((kernel) => [kernel.image, kernel.initrd]),
  ]);
  if (refused !== undefined) return unknown(refused);
  const twins = kernels.value.filter((kernel) => sameBytes(kernel.image, image));
  const whole = twins.filter((kernel) => sameBytes(kernel.initrd, initrd));
  const chosen = whole.find(({ release }) => release === preferred) ?? whole[0];
  if (chosen !== undefined) return known(chosen.release);
  const [half] = twins;
  return unknown(
    half === undefined
      ? `${image.path} is a copy of no kernel that is in /boot now`
      : `${initrd.path} is another initrd than /boot/initrd.img-${half.release}`,
  );
}

/** Why the bytes of one of these files could not be compared, if so. */
function unreadable(files: readonly (BootFile | undefined)[]): string | undefined {
  return files.flatMap((file) => (file?.sha256?.known === false ? [file.sha256.why] : []))[0];
}

function sameBytes(a: BootFile | undefined, b: BootFile | undefined): boolean {
  return (
    a?.sha256?.known === true && b?.sha256?.known === true && a.size > 0 && a.sha256.value === b.sha256.value
  );
}
