import { known } from "../../facts/fact.ts";
import type { AfterUpgrade, Fact, GrubLaterDefault, NextBoot } from "../../model/index.ts";
import type { Grub } from "./host.ts";
import { precedenceOf } from "./predict-menu.ts";
import type { Settings } from "./settings.ts";

/** An id or a title that holds the release names its entry for good; numbers and the first entry are places. */
export function afterUpgrade(
  settings: Settings,
  after: Fact<NextBoot>,
  { generator, menu, environment: { saved_entry: saved } }: Pick<Grub, "generator" | "menu" | "environment">,
): Fact<AfterUpgrade> {
  const { default: chosen } = settings;
  if (!after.known) return after;
  const release = after.value.release.known ? after.value.release.value : undefined;
  if (menu.later !== undefined) return ofLater(menu.later, release);
  if (!chosen.known) return chosen;
  const value = chosen.value === "saved" ? (saved ?? "") : chosen.value;
  const file = settings.defaultFrom === undefined ? "" : ` in ${settings.defaultFrom}`;
  const by = chosen.value === "saved" ? `GRUB_DEFAULT=saved${file}: the saved entry` : `GRUB_DEFAULT${file}`;
  if (release !== undefined && value.includes(`gnulinux-${release}-`))
    return known({ keeps: true, rule: `${by} names the entry by its id` });
  if (release !== undefined && value.split(">").at(-1)?.includes(release) === true)
    return known({ keeps: true, rule: `${by} names the entry by its title` });
  const precedence = precedenceOf(generator, settings);
  const { topLevel, flavours } = precedence.known ? precedence.value : { topLevel: "", flavours: [] };
  if (["", "0"].includes(value) && topLevel !== "" && topLevel === `/boot/vmlinuz-${release ?? ""}`)
    return known({ keeps: true, rule: `GRUB_TOP_LEVEL puts ${topLevel} first` });
  if (release === undefined && value !== "" && !/^[0-9>]+$/.test(value))
    return known({ keeps: true, rule: `${by} names an entry that no kernel package writes` });
  const place = value === "" ? "is not set" : `is ${value}, a place in the menu`;
  const newest = flavours.length === 0 ? "kernel" : `kernel of ${flavours.join(", then ")}`;
  return known({ keeps: false, rule: `${by} ${place}, and the newest ${newest} comes first` });
}

/** A script that somebody added sets the default, whatever GRUB_DEFAULT says. */
function ofLater({ value, from }: GrubLaterDefault, release: string | undefined): Fact<AfterUpgrade> {
  if (!value.known) return value;
  if (release === undefined || value.value.includes(release))
    return known({ keeps: true, rule: `${from} sets the default to ${value.value}` });
  return known({
    keeps: false,
    rule: `${from} sets the default to ${value.value}, a place in the menu, and the newest kernel comes first`,
  });
}
