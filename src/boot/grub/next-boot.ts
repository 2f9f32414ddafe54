import { known, unknown } from "../../facts/fact.ts";
import type { AfterUpgrade, Fact, GrubMenu, HostState, NextBoot } from "../../model/index.ts";
import type { LoaderInput } from "../loader.ts";
import type { Chosen } from "./default-entry.ts";
import { defaultEntry, entriesOf, isRecovery, releaseOf } from "./default-entry.ts";
import type { Grub } from "./host.ts";
import { listed } from "./predict-menu.ts";
import { MENU } from "./probe.ts";
import type { Settings } from "./settings.ts";

/** What a plan shows for an entry that names none. */
export const NO_INITRD = "none";

/** What GRUB starts as things stand. */
export function bootOf(state: HostState): Fact<NextBoot> {
  const facts = state.bootLoader.grub;
  if (facts === undefined) return unknown("this host has no GRUB menu");
  if (!facts.menu.known) return facts.menu;
  if (!facts.environment.known) return facts.environment;
  return bootFrom(facts.menu.value, facts.environment.value, state.kernels.known ? state.kernels.value : []);
}

/** @param menu Undefined where it cannot be told. */
export function bootFrom(
  menu: GrubMenu | undefined,
  environment: Readonly<Record<string, string>>,
  kernels: LoaderInput["kernels"],
): Fact<NextBoot> {
  if (menu === undefined) return unknown("what update-grub would write is unknown");
  const chosen = defaultEntry(menu, environment);
  if (chosen === undefined) return unknown(`${MENU} has no entries`);
  return known({
    loader: "grub",
    release: releaseFact(chosen, kernels),
    kernel: chosen.entry.linux ?? "none",
    initrd: chosen.entry.initrd ?? NO_INITRD,
    options: chosen.entry.options.join(" "),
    rule: `GRUB starts ${nameOf(chosen)}: ${chosen.by}`,
    fallback: fallbackOf(menu, chosen),
  });
}

function nameOf({ entry }: Chosen): string {
  return entry.id ?? `"${entry.title}"`;
}

function releaseFact({ entry }: Chosen, kernels: LoaderInput["kernels"]): Fact<string> {
  const release = releaseOf(entry);
  if (release === undefined) return unknown(`"${entry.title}" starts no kernel of this system`);
  return listed(kernels).includes(release)
    ? known(release)
    : unknown(`"${entry.title}" names ${entry.linux ?? ""}, which is not there`);
}

/** The first other kernel of the menu; recovery entries start the same kernels. */
function fallbackOf({ items }: GrubMenu, { entry }: Chosen): Fact<string> {
  const releases = entriesOf(items)
    .filter((other) => !isRecovery(other))
    .flatMap((other) => releaseOf(other) ?? []);
  const other = releases.find((release) => release !== releaseOf(entry));
  return other === undefined ? unknown("the menu has no other kernel") : known(other);
}

/** An id or a title that holds the release names its entry for good; numbers and the first entry are places. */
export function afterUpgrade(
  { default: chosen }: Settings,
  after: Fact<NextBoot>,
  { saved_entry: saved }: Grub["environment"],
): Fact<AfterUpgrade> {
  if (!after.known) return after;
  if (!chosen.known) return chosen;
  const value = chosen.value === "saved" ? (saved ?? "") : chosen.value;
  const by = chosen.value === "saved" ? "GRUB_DEFAULT=saved: the saved entry" : "GRUB_DEFAULT";
  const release = after.value.release.known ? after.value.release.value : undefined;
  if (release !== undefined && value.includes(`gnulinux-${release}-`))
    return known({ keeps: true, rule: `${by} names the entry by its id` });
  if (release !== undefined && value.split(">").at(-1)?.includes(release) === true)
    return known({ keeps: true, rule: `${by} names the entry by its title` });
  const place = value === "" ? "is not set" : `is ${value}, a place in the menu`;
  return known({ keeps: false, rule: `${by} ${place}, and the newest kernel comes first` });
}
