import type { Change, Fact, NextBoot } from "../../model/index.ts";
import type { BootWish } from "../loader.ts";
import { NO_DIFFERENCE, optionChange, optionChanges, releaseAsWished, releaseToCome } from "../plan-parts.ts";
import type { OptionEdit } from "../options.ts";
import type { Host } from "./driven-host.ts";
import { TEMPLATE } from "./template.ts";
import type { Target } from "./target.ts";
import { isPinned } from "./target.ts";
import { nextRelease } from "../menu.ts";
import type { Difference } from "../plan-parts.ts";

export function releaseChange(
  host: Host,
  { release }: BootWish,
  before: Fact<NextBoot>,
  target: Target,
  pattern: string,
): Difference {
  if (release === undefined) return NO_DIFFERENCE;
  const staged = nextRelease(before) ?? null;
  if (staged === release && isPinned(host, target))
    return releaseAsWished(`${release} is the default and boots next`);
  return staged === release
    ? releaseToCome(release, `${release}, not pinned`, `nothing names ${pattern}`)
    : releaseToCome(release, staged, `the next boot would start ${staged ?? "something unknown"}`);
}

export function changesOfOptions(
  wish: BootWish,
  entry: readonly OptionEdit[],
  template: readonly OptionEdit[],
  /** The entry is not there yet, and is made from the template. */
  isNew = false,
): Change[] {
  const staged = new Set(entry.map(({ key }) => key));
  const others = template.filter(({ key }) => !staged.has(key));
  return [
    ...optionChanges(entry, wish, "the entry that boots next"),
    ...(isNew
      ? optionChanges(others, wish, TEMPLATE)
      : others.map((edit) =>
          optionChange(edit, `right in the entry, but wrong in ${TEMPLATE}: new entries would differ`),
        )),
  ];
}
