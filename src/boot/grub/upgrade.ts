import { known } from "../../facts/fact.ts";
import type { AfterUpgrade, Fact, NextBoot } from "../../model/index.ts";
import type { Grub } from "./host.ts";
import { firstOf } from "./predict-menu.ts";
import type { Settings } from "./settings.ts";

/** An id or a title that holds the release names its entry for good; numbers and the first entry are places. */
export function afterUpgrade(
  settings: Settings,
  after: Fact<NextBoot>,
  { generator, environment: { saved_entry: saved } }: Pick<Grub, "generator" | "environment">,
): Fact<AfterUpgrade> {
  const { default: chosen } = settings;
  if (!after.known) return after;
  if (!chosen.known) return chosen;
  const value = chosen.value === "saved" ? (saved ?? "") : chosen.value;
  const by = chosen.value === "saved" ? "GRUB_DEFAULT=saved: the saved entry" : "GRUB_DEFAULT";
  const release = after.value.release.known ? after.value.release.value : undefined;
  if (release !== undefined && value.includes(`gnulinux-${release}-`))
    return known({ keeps: true, rule: `${by} names the entry by its id` });
  if (release !== undefined && value.split(">").at(-1)?.includes(release) === true)
    return known({ keeps: true, rule: `${by} names the entry by its title` });
  const first = firstOf(generator, settings);
  if (
    ["", "0"].includes(value) &&
    first.known &&
    first.value !== "" &&
    first.value === `/boot/vmlinuz-${release ?? ""}`
  )
    return known({ keeps: true, rule: `GRUB_TOP_LEVEL puts ${first.value} first` });
  const place = value === "" ? "is not set" : `is ${value}, a place in the menu`;
  return known({ keeps: false, rule: `${by} ${place}, and the newest kernel comes first` });
}
