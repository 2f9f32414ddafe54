import type { HostDevices, HostDisk, NetworkCard } from "../model/index.ts";
import { slotAddress } from "../pci/address.ts";
import { inWords } from "../pci/describe.ts";

/** What the host has PCI devices for. */
export interface Use {
  /** It is lost with the last of them. */
  readonly addresses: readonly string[];
  /** As in "which … of this host". */
  readonly because: string;
  /** An error where the host would not start any more, or could not be reached. */
  readonly severity: "error" | "warning";
  readonly hint: string;
}

/** A controller that carries more places than these is told by the first ones. */
const MOST_PLACES = 4;

/** By controller, the places that lie on it. */
export function diskUses(disks: HostDevices["disks"]): Use[] {
  const held = new Map<string, HostDisk[]>();
  for (const disk of disks.known ? disks.value : []) {
    for (const address of disk.addresses.known ? disk.addresses.value : [])
      held.set(address, [...(held.get(address) ?? []), disk]);
  }
  return [...held].map(([address, all]): Use => {
    const places = all.toSorted((a, b) => Number(b.needed) - Number(a.needed)).map(({ holds }) => holds);
    const needed = all.some((disk) => disk.needed);
    const more = places.length - MOST_PLACES;
    const shown = more > 1 ? [...places.slice(0, MOST_PLACES), `${more} more places`] : places;
    return {
      addresses: [address],
      because: `holds ${inWords(shown)}`,
      severity: needed ? "error" : "warning",
      hint: needed
        ? "choose another device for the virtual machine (what the host can do without may be given `nofail` in /etc/fstab)"
        : "take them out of use on the host first, or choose another device for the virtual machine",
    };
  });
}

/** The places of which nobody can tell what they lie on, with the reason. */
export function unfollowedPlaces(
  disks: HostDevices["disks"],
): readonly { readonly holds: string; readonly why: string }[] {
  if (!disks.known) return [{ holds: "this host", why: disks.why }];
  return disks.value.flatMap(({ holds, addresses }) =>
    addresses.known ? [] : [{ holds, why: addresses.why }],
  );
}

const BY_NETWORK =
  'choose another device for the virtual machine; or say why the host can do without: vfio: { hostNetworkReason: "WHY" }';

/** What says most comes first: the way out of this host, the last cards, then each that has a link. */
export function networkUses(cards: HostDevices["networkCards"]): Use[] {
  if (!cards.known || cards.value.length === 0) return [];
  return [...routes(cards.value), lastCards(cards.value), ...linkedCards(cards.value)];
}

function routes(cards: readonly NetworkCard[]): Use[] {
  return cards.flatMap(({ name, address, physicalFunction, defaultRoute }): Use[] => {
    if (defaultRoute === undefined) return [];
    const by = defaultRoute === name ? name : `${name}, by ${defaultRoute}`;
    const because = `carries the default route (${by})`;
    return [address, physicalFunction].flatMap((one) =>
      one === undefined ? [] : [{ addresses: [one], because, severity: "error", hint: BY_NETWORK }],
    );
  });
}

/** A card that has no link replaces none that has one. Several ports of one card are one card. */
function lastCards(cards: readonly NetworkCard[]): Use {
  const linked = cards.filter((card) => card.linked);
  const ports = linked.length > 0 ? linked : cards;
  const slots = (some: readonly NetworkCard[]): number =>
    new Set(some.map((one) => slotAddress(one.physicalFunction ?? one.address))).size;
  const names = inWords(ports.map(({ name }) => name));
  const what =
    slots(cards) === 1
      ? `is the only network card (${names})`
      : slots(ports) === 1
        ? `is the only network card with a link (${names})`
        : `are all network cards${linked.length > 0 ? " with a link" : ""} (${names})`;
  return {
    addresses: [...new Set(ports.map(({ address }) => address))],
    because: what,
    severity: "error",
    hint: BY_NETWORK,
  };
}

/** A virtual function is there to be handed over, and often set up before. */
function linkedCards(cards: readonly NetworkCard[]): Use[] {
  return cards
    .filter(({ linked, physicalFunction }) => linked && physicalFunction === undefined)
    .map(({ name, address }) => ({
      addresses: [address],
      because: `has the link of ${name}`,
      severity: "warning",
      hint: "make sure that nothing of the host is reached by it",
    }));
}
