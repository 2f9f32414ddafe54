import type { GroupsReport } from "../../plan/groups.ts";

type Sets = readonly { readonly devices: readonly string[] }[];

/**
 * What a predicted group is called: by its number of this boot where it holds the same devices, else `#1`, `#2` … in the
 * order of the first devices, for the numbers of the next boot are not to be known.
 */
export function groupLabels({ current, predicted }: GroupsReport): readonly string[] {
  if (!predicted.known) return [];
  const present = new Map(
    (current.known ? current.groups : []).map(({ id, devices }) => [keyOf(devices), String(id)] as const),
  );
  let fresh = 0;
  return predicted.groups.map(({ devices }) => present.get(keyOf(devices)) ?? `#${++fresh}`);
}

/** The numbers of groups mean nothing, so only who is together with whom is compared. */
export function sameGroups(a: Sets, b: Sets): boolean {
  const shape = (groups: Sets): string =>
    groups
      .map(({ devices }) => keyOf(devices))
      .sort()
      .join("\n");
  return shape(a) === shape(b);
}

function keyOf(devices: readonly string[]): string {
  return [...devices].sort().join(" ");
}
