import type { Change, Unchanged } from "../model/index.ts";
import type { BootWish } from "./loader.ts";
import type { OptionEdit } from "./options.ts";
import { declaredUnits } from "./options.ts";

/** The parts of a plan about options that all loaders word alike. */

export function optionChange({ key, action, before, after }: OptionEdit, reason: string): Change {
  return { address: `kernelOptions.${key}`, action, before, after, reason, effect: "next-boot" };
}

/**
 * Why an option changes, by what the place that has to be changed says of it.
 *
 * @param where e.g. `kernelstub's configuration`.
 */
export function editReason(
  { action }: Pick<OptionEdit, "action">,
  where: string,
  has: "has" | "have" = "has",
): string {
  switch (action) {
    case "create":
      return `not in ${where}`;
    case "update":
      return `${where} ${has} another value`;
    case "delete":
      return `${where} ${has} it`;
  }
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
