import type { AcsNo, MergeReason } from "../../model/index.ts";
import type { AcsAnswers } from "./acs-answers.ts";
import { aliasesOf, endsAliasWalk } from "./dma-aliases.ts";
import { PCI_TO_PCIE, PCIE_TO_PCI } from "./port-types.ts";
import type { Place, Topology } from "./topology.ts";
import type { Traits } from "./traits.ts";

export interface MadeGroup {
  readonly members: Place[];
  readonly reasons: MergeReason[];
}

export interface GroupMaking {
  readonly topology: Topology;
  readonly traitsOf: (place: Place) => Traits;
  readonly answers: AcsAnswers;
  /** Devices that no IOMMU stands before are never asked. */
  readonly hasIommu: (place: Place) => boolean;
  /** A bridge to conventional PCI that puts no id of its own on what passes. */
  readonly letsIdsThrough: (bridge: Place) => boolean;
}

/**
 * The kernel's own procedure, `pci_device_group` in drivers/iommu/iommu.c (the same text in Linux 6.1 and 6.12), asked
 * of each device in the order in which the kernel finds them.
 */
export function makeGroups({
  topology,
  traitsOf,
  answers,
  hasIommu,
  letsIdsThrough,
}: GroupMaking): readonly MadeGroup[] {
  const groups: MadeGroup[] = [];
  const groupOf = new Map<Place, MadeGroup>();
  const barrierOf = barriers(answers);
  const peersOf = aliasPeers(topology);

  for (const place of topology.places) {
    if (!hasIommu(place)) continue;
    const reason = findGroup(place);
    const group = reason === undefined ? undefined : groupOf.get(reason.joins);
    if (reason === undefined || group === undefined) {
      const fresh = { members: [place], reasons: [] };
      groups.push(fresh);
      groupOf.set(place, fresh);
      continue;
    }
    group.members.push(place);
    group.reasons.push(reason.asData(place.address));
    groupOf.set(place, group);
  }
  return groups;

  function findGroup(place: Place): Joining | undefined {
    const aliased = walkAliases(place);
    if ("joins" in aliased) return aliased;
    let base = aliased.base;
    for (let above = base.above; above !== undefined; above = above.above) {
      const barrier = barrierOf(above);
      if (barrier === undefined) break;
      base = above;
      if (groupOf.has(base)) return climbed(base, barrier);
    }
    const tried = new Set<number>();
    const peer = groupedPeer(base, tried);
    if (peer !== undefined) return joining(peer, "dma-alias");
    return slotMate(base, tried);
  }

  /** `pci_for_each_dma_alias`: the last device whose id the transactions carry, or one on the way with a group. */
  function walkAliases(place: Place): Joining | { readonly base: Place } {
    let base = place.vmd ?? place;
    if (base !== place && groupOf.has(base)) return joining(base, "real-dma-device");
    for (let above = base.above; above !== undefined; above = above.above) {
      if (endsAliasWalk(above.device)) break;
      if (!carriesIds(traitsOf(above).pcieType) || letsIdsThrough(above)) continue;
      base = above;
      if (groupOf.has(base)) return joining(base, "conventional-bridge");
    }
    return { base };
  }

  /** `get_pci_alias_group`: the device's own group, or that of one with which it shares an id. */
  function groupedPeer(place: Place, tried: Set<number>): Place | undefined {
    if (tried.has(place.devfn)) return undefined;
    tried.add(place.devfn);
    if (groupOf.has(place)) return place;
    for (const peer of peersOf(place)) {
      const found = groupedPeer(peer, tried) ?? groupedMate(peer, tried)?.joins;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** `get_pci_function_alias_group`: a function of the slot that isolates no more than this one. */
  function groupedMate(
    place: Place,
    tried: Set<number>,
  ): { readonly joins: Place; readonly no: AcsNo; readonly mateNo: AcsNo } | undefined {
    if (!traitsOf(place).multifunction) return undefined;
    const own = answers.of(place);
    if (own.isolates) return undefined;
    for (const mate of topology.inSlot(place)) {
      if (mate === place) continue;
      const answer = answers.of(mate);
      if (answer.isolates) continue;
      const joins = groupedPeer(mate, tried);
      if (joins !== undefined) return { joins, no: own.no, mateNo: answer.no };
    }
    return undefined;
  }

  function slotMate(base: Place, tried: Set<number>): Joining | undefined {
    const found = groupedMate(base, tried);
    if (found === undefined) return undefined;
    const { joins, no, mateNo } = found;
    return {
      joins,
      asData: (device) => ({
        rule: "slot-mates",
        device,
        joins: joins.address,
        judged: base.address,
        no,
        mateNo,
      }),
    };
  }
}

/** A device that is in a group already, and why another comes to it. */
interface Joining {
  readonly joins: Place;
  readonly asData: (device: string) => MergeReason;
}

function joining(joins: Place, rule: "dma-alias" | "conventional-bridge" | "real-dma-device"): Joining {
  return { joins, asData: (device) => ({ rule, device, joins: joins.address }) };
}

function climbed(joins: Place, { port, no }: Barrier): Joining {
  return {
    joins,
    asData: (device) => ({ rule: "acs-climb", device, joins: joins.address, port: port.address, no }),
  };
}

/** A bridge to or from conventional PCI puts its own id on what passes; ports of PCI Express let ids through. */
export function carriesIds(pcieType: number | undefined): boolean {
  return pcieType === undefined || pcieType === PCIE_TO_PCI || pcieType === PCI_TO_PCIE;
}

export interface Barrier {
  readonly port: Place;
  readonly no: AcsNo;
}

/**
 * `pci_acs_path_enabled`: of a port and all above it, the first that does not isolate. Remembered for each port, so
 * that a deep tree costs no more than a flat one.
 */
export function barriers(answers: AcsAnswers): (port: Place) => Barrier | undefined {
  const known = new Map<Place, Barrier | undefined>();
  const find = (port: Place): Barrier | undefined => {
    if (known.has(port)) return known.get(port);
    const answer = answers.of(port);
    const barrier = answer.isolates ? port.above && find(port.above) : { port, no: answer.no };
    known.set(port, barrier);
    return barrier;
  };
  return find;
}

const NO_PEERS: readonly Place[] = [];

/** Devices of one bus of which one uses the other's id. Only buses with such a device are looked through. */
function aliasPeers(topology: Topology): (place: Place) => readonly Place[] {
  const peers = new Map<Place, Set<Place>>();
  const add = (from: Place, to: Place): void => {
    peers.set(from, (peers.get(from) ?? new Set()).add(to));
  };
  for (const place of topology.places) {
    const aliases = aliasesOf(place);
    if (aliases === undefined) continue;
    for (const other of topology.onBus(place.bus)) {
      if (other === place || !aliases(other.devfn)) continue;
      add(place, other);
      add(other, place);
    }
  }
  const inOrder = new Map(
    [...peers].map(([place, others]) => [
      place,
      topology.onBus(place.bus).filter((other) => others.has(other)),
    ]),
  );
  return (place) => inOrder.get(place) ?? NO_PEERS;
}
