import type { Change, Diagnostic, Unchanged } from "../model/index.ts";
import type { BootWish, LoaderPlan } from "./loader.ts";
import type { OptionEdit } from "./options.ts";
import { declaredUnits } from "./options.ts";
import { isDropped } from "./owned-options.ts";
import { unknown } from "../facts/fact.ts";

/** The parts of a plan that all loaders word alike. */

/**
 * Nothing is planned.
 *
 * @param why One clause.
 */
export function noPlan(why: string, diagnostics: readonly Diagnostic[]): LoaderPlan {
  return { afterUpgrade: () => unknown(why), changes: [], unchanged: [], steps: [], diagnostics };
}

/** What one part of the spec changes. */
export interface Difference {
  readonly changes: readonly Change[];
  readonly unchanged: readonly Unchanged[];
}

/** As where the spec says nothing of it. */
export const NO_DIFFERENCE: Difference = { changes: [], unchanged: [] };

/** @param before What boots next by now, in words; null where nobody knows. */
export function releaseToCome(release: string, before: string | null, reason: string): Difference {
  const change: Change = {
    address: "kernel.release",
    action: "update",
    before,
    after: release,
    reason,
    effect: "next-boot",
  };
  return { changes: [change], unchanged: [] };
}

export const NOT_PINNED_ANY_MORE = "hostcfg pinned it earlier; the spec no longer declares a release";

/** @param pinned As it is called in the plan. */
export function releaseGivenBack(pinned: string): Difference {
  const change: Change = {
    address: "kernel.release",
    action: "delete",
    before: pinned,
    after: null,
    reason: NOT_PINNED_ANY_MORE,
    effect: "next-boot",
  };
  return { changes: [change], unchanged: [] };
}

export function releaseAsWished(reason: string): Difference {
  return { changes: [], unchanged: [{ address: "kernel.release", reason }] };
}

/**
 * What has to be changed in one place.
 *
 * @param where e.g. `kernelstub's configuration`.
 */
export function optionChanges(
  edits: readonly OptionEdit[],
  { options }: BootWish,
  where: string,
  has: "has" | "have" = "has",
): Change[] {
  return edits.map((edit) =>
    optionChange(
      edit,
      options !== undefined && isDropped(edit, options)
        ? "hostcfg added it earlier; the spec no longer asks for it"
        : reasonOf(edit, where, has),
    ),
  );
}

/** What is right in this place, but not where it counts. */
export function unstagedChanges(edits: readonly OptionEdit[], where: string): Change[] {
  return edits.map((edit) =>
    optionChange(edit, `right in ${where}, but not on the line of the entry that boots next`),
  );
}

export function optionChange({ key, action, before, after }: OptionEdit, reason: string): Change {
  return { address: `kernelOptions.${key}`, action, before, after, reason, effect: "next-boot" };
}

function reasonOf({ action }: OptionEdit, where: string, has: string): string {
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
