import type { Change, Unchanged } from "../model/index.ts";
import type { BootWish } from "./loader.ts";
import type { OptionEdit } from "./options.ts";
import { declaredUnits } from "./options.ts";

/** The parts of a plan about options that all loaders word alike. */

export function optionChange({ key, action, before, after }: OptionEdit, reason: string): Change {
  return { address: `kernelOptions.${key}`, action, before, after, reason, effect: "next-boot" };
}

export function keptOptions(wish: BootWish, changes: readonly Change[]): Unchanged[] {
  const changed = new Set(changes.map((change) => change.address));
  const kept = (key: string, reason: string): Unchanged[] =>
    changed.has(`kernelOptions.${key}`) ? [] : [{ address: `kernelOptions.${key}`, reason }];
  return [
    ...declaredUnits(wish.options?.present ?? []).flatMap(({ key }) =>
      kept(key, "set, and in the next boot's menu"),
    ),
    ...(wish.options?.absent ?? []).flatMap((key) => kept(key, "not set, and not in the next boot's menu")),
  ];
}
