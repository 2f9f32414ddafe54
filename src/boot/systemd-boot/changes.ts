import type { Change, Fact, NextBoot, Unchanged } from "../../model/index.ts";
import type { BootWish } from "../loader.ts";
import { optionChange, optionChanges } from "../option-changes.ts";
import type { OptionEdit } from "../options.ts";
import type { Host } from "./driven-host.ts";
import { TEMPLATE } from "./template.ts";
import type { Target } from "./target.ts";
import { isPinned } from "./target.ts";

export function releaseChange(
  host: Host,
  { release }: BootWish,
  before: Fact<NextBoot>,
  target: Target,
  pattern: string,
): { changes: Change[]; unchanged: Unchanged[] } {
  if (release === undefined) return { changes: [], unchanged: [] };
  const staged = before.known && before.value.release.known ? before.value.release.value : null;
  if (staged === release && isPinned(host, target))
    return {
      changes: [],
      unchanged: [{ address: "kernel.release", reason: `${release} is the default and boots next` }],
    };
  const change: Change = {
    address: "kernel.release",
    action: "update",
    before: staged === release ? `${release}, not pinned` : staged,
    after: release,
    reason:
      staged === release
        ? `nothing names ${pattern}`
        : `the next boot would start ${staged ?? "something unknown"}`,
    effect: "next-boot",
  };
  return { changes: [change], unchanged: [] };
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
