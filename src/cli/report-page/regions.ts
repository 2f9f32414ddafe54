import type { HostReport } from "../../plan/report.ts";
import { groupLabels } from "../views/group-labels.ts";
import { HUES } from "./palette.ts";

/** A set of devices that is an IOMMU group in this boot, in the next one, or in both. */
export interface Region {
  /** Of its element, where it is explained. */
  readonly id: string;
  readonly label: string;
  readonly devices: readonly string[];
  readonly now: boolean;
  readonly next: boolean;
  /** The spec names one of its devices. */
  readonly declared: boolean;
  /** Its place in the palette; none for a group of one device that the spec does not name. */
  readonly hue: number | undefined;
}

export interface Regions {
  readonly all: readonly Region[];
  /** Both boots have the same groups. */
  readonly same: boolean;
  /** By address; left out where a boot has no groups, or none are known. */
  readonly now?: ReadonlyMap<string, Region>;
  readonly next?: ReadonlyMap<string, Region>;
}

/** @param inOrder The addresses as the tree shows them: neighbours get different colours. */
export function regionsOf(
  { groups, planned }: HostReport,
  inOrder: readonly string[],
  declared: ReadonlyMap<string, unknown>,
): Regions {
  const labels = groupLabels({ ...groups, predicted: planned });
  const current = groups.current.known ? groups.current.groups : [];
  const then = planned.known ? planned.groups : [];
  const has = (devices: readonly string[]): boolean => devices.some((address) => declared.has(address));
  const drafts = new Map<string, Omit<Region, "hue">>();
  for (const { id, devices } of current)
    drafts.set(keyOf(devices), {
      id: `group-${id}`,
      label: String(id),
      devices,
      now: true,
      next: false,
      declared: has(devices),
    });
  then.forEach(({ devices }, at) => {
    const label = labels[at] ?? "";
    const both = drafts.get(keyOf(devices));
    drafts.set(
      keyOf(devices),
      both === undefined
        ? { id: `group-new-${at + 1}`, label, devices, now: false, next: true, declared: has(devices) }
        : { ...both, next: true },
    );
  });
  const hues = huesOf([...drafts.values()], inOrder);
  const all = [...drafts.values()].map((draft) => ({ ...draft, hue: hues.get(draft.id) }));
  const [now, next] = [lane(all.filter((one) => one.now)), lane(all.filter((one) => one.next))];
  return {
    all,
    same: all.length > 0 && all.every((one) => one.now && one.next),
    ...(now === undefined ? {} : { now }),
    ...(next === undefined ? {} : { next }),
  };
}

function lane(regions: readonly Region[]): ReadonlyMap<string, Region> | undefined {
  if (regions.length === 0) return undefined;
  return new Map(regions.flatMap((region) => region.devices.map((address) => [address, region] as const)));
}

function huesOf(
  drafts: readonly Omit<Region, "hue">[],
  inOrder: readonly string[],
): ReadonlyMap<string, number> {
  const notable = drafts.filter((one) => one.devices.length > 1 || one.declared);
  const [now, next] = [notable.filter((one) => one.now), notable.filter((one) => one.next)].map(
    (some) => new Map(some.flatMap(({ id, devices }) => devices.map((address) => [address, id] as const))),
  );
  const ids = inOrder.flatMap((address) =>
    [now?.get(address), next?.get(address)].filter((id) => id !== undefined),
  );
  return new Map([...new Set(ids)].map((id, at) => [id, at % HUES.length] as const));
}

/** Groups of the same devices are one, whatever their numbers. */
export function keyOf(devices: readonly string[]): string {
  return [...devices].sort().join(" ");
}
