import type { AcsObstacle, GroupsPrediction, MergeReason, PredictedGroup } from "../../model/index.ts";
import { compareAddresses } from "../address.ts";
import { barriers, makeGroups } from "./make-groups.ts";
import { judgeConfidence } from "./missing.ts";
import { obstaclesOf } from "./obstacles.ts";
import { isSameBoot, unexplainedNow } from "./present-boot.ts";
import type { GroupingBoot, GroupingFacts, Situation } from "./situation.ts";
import { isSameKernel, situationOf } from "./situation.ts";

/** One boot of a host, to be asked about its groups and about single devices. */
export interface Grouping {
  readonly prediction: GroupsPrediction;
  /** What keeps a device from a group of its own; `undefined` for an address where nothing is. */
  readonly obstacles: (address: string) => readonly AcsObstacle[] | undefined;
  /** Whether a port and all above it isolate, so that what is below it is in no group with what is beside it. */
  readonly keepsApart: (port: string) => boolean;
}

/** The groups that a boot with these options will make, by the kernel's rules. Pure; the cost is linear. */
export function predictGroups(facts: GroupingFacts, boot: GroupingBoot): GroupsPrediction {
  return groupingOf(facts, boot).prediction;
}

export function groupingOf(facts: GroupingFacts, boot: GroupingBoot): Grouping {
  const situation = situationOf(facts, boot);
  const barrierOf = barriers(situation.answers);
  return {
    prediction: predict(facts, boot, situation),
    obstacles: (address) => {
      const place = situation.topology.at(address);
      return place === undefined ? undefined : obstaclesOf(situation, place);
    },
    keepsApart: (port) => {
      const place = situation.topology.at(port);
      return place !== undefined && barrierOf(place) === undefined;
    },
  };
}

function predict(facts: GroupingFacts, boot: GroupingBoot, situation: Situation): GroupsPrediction {
  const { topology, iommu, hasIommu } = situation;
  const all = facts.devices.map(({ address }) => address).sort(compareAddresses);
  if (iommu.state === "off") {
    const { doubt } = iommu;
    return doubt === undefined
      ? { confidence: "exact", missing: [], iommu, groups: [], ungrouped: all }
      : { confidence: "likely", missing: [doubt], iommu, groups: [], ungrouped: all };
  }
  const made = makeGroups(situation).map(({ members, reasons }) => ({
    devices: members.map(({ address }) => address).sort(compareAddresses),
    reasons,
  }));
  const { confidence, missing } = judgeConfidence(facts, boot, situation, unexplainedNow(facts));
  const stays = confidence === "guess" && isSameBoot(facts, boot);
  const groups = (stays ? asNow(facts, made) : made).toSorted((a, b) =>
    compareAddresses(a.devices[0] ?? "", b.devices[0] ?? ""),
  );
  const ungrouped = all.filter((address) => {
    const place = topology.at(address);
    return place === undefined || !hasIommu(place);
  });
  if (confidence === "exact" && contradictsThisBoot(facts, boot, groups)) {
    const doubt = "this boot has other groups with the same kernel and options";
    return { confidence: "likely", missing: [doubt], iommu, groups, ungrouped };
  }
  return { confidence, missing, iommu, groups, ungrouped };
}

/** What is, wins: nothing that is predicted for the very boot that runs is certain against its groups. */
function contradictsThisBoot(
  facts: GroupingFacts,
  boot: GroupingBoot,
  groups: readonly PredictedGroup[],
): boolean {
  const { iommu, devices } = facts;
  if (!iommu.groups.known || !isSameKernel(facts, boot) || !isSameBoot(facts, boot)) return false;
  const addresses = new Set(devices.map(({ address }) => address));
  const shape = (some: readonly Pick<PredictedGroup, "devices">[]): string =>
    some
      .map((group) =>
        group.devices
          .filter((one) => addresses.has(one))
          .toSorted()
          .join(" "),
      )
      .filter((members) => members !== "")
      .toSorted()
      .join("\n");
  return shape(iommu.groups.value) !== shape(groups);
}

/**
 * Where registers could not be read, and nothing changes that decides groups, the present ones are the best guess; the
 * rules still say why, as far as they agree.
 */
function asNow(
  { devices, iommu }: GroupingFacts,
  made: readonly PredictedGroup[],
): readonly PredictedGroup[] {
  if (!iommu.groups.known) return made;
  const reasons = new Map<string, MergeReason>(
    made.flatMap((group) => group.reasons.map((reason) => [reason.device, reason] as const)),
  );
  const addresses = new Set(devices.map(({ address }) => address));
  return iommu.groups.value.flatMap((group) => {
    const members = group.devices.filter((address) => addresses.has(address)).sort(compareAddresses);
    const [first, ...others] = members;
    if (first === undefined) return [];
    const within = new Set(members);
    const why = others.map((device): MergeReason => {
      const reason = reasons.get(device);
      return reason !== undefined && within.has(reason.joins)
        ? reason
        : { rule: "together-now", device, joins: first };
    });
    return [{ devices: members, reasons: why }];
  });
}
