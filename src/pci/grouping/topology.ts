import { posix } from "node:path";
import type { PciDevice } from "../../model/index.ts";
import { compareAddresses } from "../address.ts";

/** A device in its place. Places are objects that are compared by identity, one for each device. */
export interface Place {
  readonly device: PciDevice;
  readonly address: string;
  readonly domain: number;
  /** `dddd:bb`. */
  readonly bus: string;
  readonly busNumber: number;
  /** Device number × 8 + function number. */
  readonly devfn: number;
  /** The bridge above; left out on a root bus. Virtual functions on a bus of their own have that of their physical one. */
  readonly above?: Place;
  /** What is below, in the order in which the kernel finds it. */
  readonly below: readonly Place[];
  /** Behind an Intel VMD controller: that controller, whose id the device's transactions carry. */
  readonly vmd?: Place;
}

export interface Topology {
  /** As the kernel asks them for their groups: what is above comes first, virtual functions come last. */
  readonly places: readonly Place[];
  readonly at: (address: string) => Place | undefined;
  /** On the bus `dddd:bb`, in order. */
  readonly onBus: (bus: string) => readonly Place[];
  /** The functions of the device's slot, itself among them, in order. */
  readonly inSlot: (place: Place) => readonly Place[];
}

type Growing = Omit<Place, "above" | "below" | "vmd"> & { above?: Place; below: Growing[]; vmd?: Place };

const ADDRESS = /^([0-9a-f]+):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/;
const ROOT_BUS = /^pci[0-9a-f]+:[0-9a-f]{2}$/;

const made = new WeakMap<readonly PciDevice[], Topology>();

/** Made once for the same devices: a question about groups predicts for many option lines. */
export function topologyOf(devices: readonly PciDevice[]): Topology {
  const before = made.get(devices);
  if (before !== undefined) return before;
  const topology = makeTopology(devices);
  made.set(devices, topology);
  return topology;
}

/** Parents are known by the paths below /sys/devices alone, so the cost grows with the number of devices only. */
function makeTopology(devices: readonly PciDevice[]): Topology {
  const grown = [...devices]
    .sort((a, b) => compareAddresses(a.address, b.address))
    .flatMap((device) => placed(device) ?? []);
  const byPath = new Map(grown.map((place) => [place.device.path, place]));
  const roots: Growing[] = [];
  for (const place of grown) {
    const folder = posix.dirname(place.device.path);
    const above = byPath.get(folder);
    if (above !== undefined) {
      place.above = above;
      above.below.push(place);
      continue;
    }
    roots.push(place);
    const vmd = ROOT_BUS.test(posix.basename(folder)) ? byPath.get(posix.dirname(folder)) : undefined;
    if (vmd !== undefined) place.vmd = vmd;
  }
  const places = inOrderOfDiscovery(roots);
  for (const place of places) {
    if (place.above?.vmd !== undefined) place.vmd = place.above.vmd;
  }
  return indexed(places);
}

function placed(device: PciDevice): Growing | undefined {
  const [, domain, bus, slot, digit] = ADDRESS.exec(device.address) ?? [];
  if (domain === undefined || bus === undefined || slot === undefined || digit === undefined)
    return undefined;
  return {
    device,
    address: device.address,
    domain: parseInt(domain, 16),
    bus: `${domain}:${bus}`,
    busNumber: parseInt(bus, 16),
    devfn: parseInt(slot, 16) * 8 + Number(digit),
    below: [],
  };
}

/** Bus by bus: all functions of a bus, then what is below each of its bridges. What SR-IOV makes is made later. */
function inOrderOfDiscovery(roots: readonly Growing[]): Growing[] {
  const physical: Growing[] = [];
  const virtual: Growing[] = [];
  const visit = (siblings: readonly Growing[]): void => {
    for (const place of siblings) {
      (place.device.physicalFunction === undefined ? physical : virtual).push(place);
    }
    for (const { below } of siblings) if (below.length > 0) visit(below);
  };
  // A domain behind VMD appears when the driver of its controller loads.
  for (const behindVmd of [false, true]) {
    const buses = groupBy(
      roots.filter(({ vmd }) => (vmd !== undefined) === behindVmd),
      ({ bus }) => bus,
    );
    for (const onRootBus of buses.values()) visit(onRootBus);
  }
  return [...physical, ...virtual];
}

function indexed(places: readonly Place[]): Topology {
  const byAddress = new Map(places.map((place) => [place.address, place]));
  const buses = groupBy(places, ({ bus }) => bus);
  const slots = groupBy(places, slotOf);
  return {
    places,
    at: (address) => byAddress.get(address),
    onBus: (bus) => buses.get(bus) ?? [],
    inSlot: (place) => slots.get(slotOf(place)) ?? [],
  };
}

function slotOf({ address }: Place): string {
  return address.slice(0, -2);
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}
