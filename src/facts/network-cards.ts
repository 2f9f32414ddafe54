import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { Fact, NetworkCard } from "../model/index.ts";
import { deviceBehind } from "./block-devices.ts";
import { attempt } from "./fact.ts";
import { interfaceTowards, readDefaultRoutes } from "./routes.ts";

const NET = "/sys/class/net";
/**
 * Open vSwitch: all its bridges have this one as the master of their ports, but for their own inner ports, the interfaces
 * that the host itself uses. Which port is of which bridge is not in sysfs.
 */
const OPEN_VSWITCH = "ovs-system";

/**
 * The network interfaces on PCI devices: bridges, bonds and tunnels are virtual. An interface on USB belongs to the USB
 * controller.
 */
export function readNetworkCards(reader: Reader): Fact<readonly NetworkCard[]> {
  return attempt(NET, () => {
    const names = reader.list(NET);
    if (names === undefined) return undefined;
    const routes = interfacesOfDefaultRoutes(reader).map((route) => ({
      route,
      under: under(reader, route, names),
    }));
    return names.flatMap((name): NetworkCard[] => {
      const device = cardBehind(deviceBehind(reader, `${NET}/${name}`) ?? "");
      if (device === undefined) return [];
      const physfn = reader.readLink(`${device}/physfn`);
      const carried = routes.find((one) => one.under.has(name))?.route;
      return [
        {
          name,
          address: posix.basename(device),
          ...(physfn === undefined ? {} : { physicalFunction: posix.basename(physfn) }),
          linked: isLinked(reader, name),
          defaultRoute: carried,
        },
      ];
    });
  });
}

function cardBehind(path: string): string | undefined {
  return /^.*\/[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7](?=\/)/.exec(path)?.[0];
}

function isLinked(reader: Reader, name: string): boolean {
  // An interface that is switched off answers EINVAL.
  const carrier = attempt(NET, () => reader.readText(`${NET}/${name}/carrier`)?.trim());
  if (carrier.known) return carrier.value === "1";
  // Drivers that do not follow the state leave it unknown (Documentation/networking/operstates.rst).
  return ["up", "unknown", "dormant"].includes(reader.readText(`${NET}/${name}/operstate`)?.trim() ?? "");
}

/** The cards by which an IPv4 address is reached, where another route than the default one leads there. */
export function cardsTowards(reader: Reader, address: string): readonly string[] {
  const names = attempt(NET, () => reader.list(NET));
  const towards = interfaceTowards(reader, address);
  if (towards === undefined || !names.known) return [];
  const below = [...under(reader, towards, names.value)];
  return [
    ...new Set(
      below.flatMap((name) => {
        const device = cardBehind(deviceBehind(reader, `${NET}/${name}`) ?? "");
        return device === undefined ? [] : [posix.basename(device)];
      }),
    ),
  ];
}

function interfacesOfDefaultRoutes(reader: Reader): string[] {
  const routes = readDefaultRoutes(reader);
  return [...new Set((routes.known ? routes.value : []).map((route) => route.interface))];
}

/** An interface with all those that it lies on: the ports of a bridge, the parts of a bond, the base of a VLAN. */
function under(reader: Reader, top: string, names: readonly string[]): ReadonlySet<string> {
  const all = new Set([top]);
  const masters = new Map(names.map((name) => [name, masterOf(reader, name)]));
  const spread = (): void => {
    // A set hands out what is added to it meanwhile.
    for (const name of all) {
      for (const lower of lowersOf(reader, name)) all.add(lower);
      for (const [port, master] of masters) if (master === name) all.add(port);
    }
  };
  spread();
  if ([...masters.values()].includes(OPEN_VSWITCH) && ![...all].some((name) => isOnCard(reader, name))) {
    all.add(OPEN_VSWITCH);
    spread();
  }
  return all;
}

function isOnCard(reader: Reader, name: string): boolean {
  return cardBehind(deviceBehind(reader, `${NET}/${name}`) ?? "") !== undefined;
}

function masterOf(reader: Reader, name: string): string | undefined {
  const master = attempt(NET, () => reader.readLink(`${NET}/${name}/master`));
  return master.known ? posix.basename(master.value) : undefined;
}

function lowersOf(reader: Reader, name: string): string[] {
  const entries = attempt(NET, () => reader.list(`${NET}/${name}`));
  const lowers = (entries.known ? entries.value : []).flatMap(
    (entry) => /^lower_(.+)$/.exec(entry)?.[1] ?? [],
  );
  // eth0.10 is how everybody names VLAN 10 of eth0.
  const base = /^(.+)\.\d+$/.exec(name)?.[1];
  return base === undefined || lowers.length > 0 ? lowers : [base];
}
