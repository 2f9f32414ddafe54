import { lineTooLong } from "../boot/line-length.ts";
import type { BootWish } from "../boot/loader.ts";
import { LOADERS } from "../boot/loaders.ts";
import { rootProblems } from "../boot/root-option.ts";
import { noFallback } from "../boot/way-back.ts";
import type { BootLoaderName, Diagnostic, HostState } from "../model/index.ts";
import type { Foreseen } from "../simulate/foresee.ts";
import { nextRelease } from "../boot/menu.ts";

/** What is to be known of the boot that a plan leads to, whichever loader starts it. */
export function nextBootProblems(
  loader: BootLoaderName,
  { nextBoot, entries }: Foreseen,
  { release, options }: BootWish,
  state: HostState,
): readonly Diagnostic[] {
  if (release === undefined && options === undefined) return [];
  const { root } = LOADERS[loader];
  // Where several may start, what is wrong with any is worth a stop.
  const found = entries.flatMap((entry) => [
    // It may be a rescue image or another system, whose root is its own affair.
    ...(root === undefined || entry.foreign || (loader === "grub" && !entry.needsRoot)
      ? []
      : rootProblems(entry.options, state, root)),
    ...lineTooLong(entry.line),
  ]);
  const distinct = [...new Map(found.map((one) => [one.summary, one])).values()];
  const starts = nextRelease(nextBoot);
  const isMeant = starts !== undefined && (release === undefined || release === starts);
  return [...distinct, ...(nextBoot.known && isMeant ? noFallback(nextBoot.value, starts) : [])];
}
