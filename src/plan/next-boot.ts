import { lineTooLong } from "../boot/line-length.ts";
import type { BootWish } from "../boot/loader.ts";
import { LOADERS } from "../boot/loaders.ts";
import { rootProblems } from "../boot/root-option.ts";
import { noFallback } from "../boot/way-back.ts";
import type { BootLoaderName, Diagnostic, HostState } from "../model/index.ts";
import type { Foreseen } from "../simulate/foresee.ts";

/** What is to be known of the boot that a plan leads to, whichever loader starts it. */
export function nextBootProblems(
  loader: BootLoaderName,
  { nextBoot, entry }: Foreseen,
  { release, options }: BootWish,
  state: HostState,
): readonly Diagnostic[] {
  if (!nextBoot.known || entry === undefined || (release === undefined && options === undefined)) return [];
  const { root } = LOADERS[loader];
  return [
    ...(root === undefined ? [] : rootProblems(entry.options, state, root)),
    ...lineTooLong(entry.line),
    ...(release === undefined ? [] : noFallback(nextBoot.value, release)),
  ];
}
