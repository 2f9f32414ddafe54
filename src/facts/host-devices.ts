import type { Reader } from "../host/reader.ts";
import type { HostDevices, HostState, NetworkCard } from "../model/index.ts";
import { known } from "./fact.ts";
import { readFstab } from "./fstab.ts";
import { readHostDisks } from "./host-disks.ts";
import { cardsTowards, readNetworkCards } from "./network-cards.ts";

/** The PCI devices that this host uses: what holds its file systems, and its network cards. */
export function readHostDevices(reader: Reader, mounts: HostState["mounts"]): HostDevices {
  const networkCards = readNetworkCards(reader);
  const fstab = readFstab(reader);
  const usual = networkCards.known ? carriers(networkCards.value) : [];
  const network = (server: string): readonly string[] => {
    const cards = cardsTowards(reader, server);
    return cards.length > 0 ? cards : usual;
  };
  return {
    disks: mounts.known ? known(readHostDisks(reader, { mounts: mounts.value, fstab, network })) : mounts,
    networkCards,
  };
}

/** The devices by which another machine is reached: those of the default route, else all that have a link. */
function carriers(cards: readonly NetworkCard[]): readonly string[] {
  const routed = cards.filter(({ defaultRoute }) => defaultRoute !== undefined);
  const used = routed.length > 0 ? routed : cards.filter(({ linked }) => linked);
  return [...new Set(used.map(({ address }) => address))];
}
