import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { Fact, NetworkCard } from "../model/index.ts";
import { deviceBehind } from "./block-devices.ts";
import { attempt } from "./fact.ts";

const NET = "/sys/class/net";
const ROUTES = "/proc/net/route";
const ROUTES6 = "/proc/net/ipv6_route";
/**
 * Open vSwitch: all its bridges have this one as the master of their ports, but for their own inner ports, the interfaces
 * that the host itself uses. Which port is of which bridge is not in sysfs.
 */
const OPEN_VSWITCH = "ovs-system";
/** From linux/route.h: the route may be used, and the kernel refuses what it leads to. */
const UP = 0x1;
const REJECT = 0x200;

/**
 * The network interfaces on PCI devices: bridges, bonds and tunnels are virtual. An interface on USB belongs to the USB
 * controller.
 */
export function readNetworkCards(reader: Reader): Fact<readonly NetworkCard[]> {
  return attempt(NET, () => {
    const names = reader.list(NET);
    if (names === undefined) return undefined;
    const routes = defaultRoutes(reader).map((route) => ({ route, under: under(reader, route, names) }));
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

/**
 * The cards by which an IPv4 address is reached, where a route of the main table that is no default route leads there; the
 * longest of them counts (proc_pid_net(5)).
 */
export function cardsTowards(reader: Reader, address: string): readonly string[] {
  const target = numberOf(address);
  const names = attempt(NET, () => reader.list(NET));
  if (target === undefined || !names.known) return [];
  const ways = rowsOf(reader, ROUTES).flatMap(([name = "", to = "", , flags = "", , , , mask = ""]) => {
    const [network, bits] = [littleEndian(to), littleEndian(mask)];
    const fits = network !== undefined && bits !== undefined && bits !== 0 && isUsed(flags);
    return fits && (target & bits) >>> 0 === network ? [{ name, bits }] : [];
  });
  const [best] = ways.sort((a, b) => b.bits - a.bits);
  if (best === undefined) return [];
  const below = [...under(reader, best.name, names.value)];
  return [
    ...new Set(
      below.flatMap((name) => {
        const device = cardBehind(deviceBehind(reader, `${NET}/${name}`) ?? "");
        return device === undefined ? [] : [posix.basename(device)];
      }),
    ),
  ];
}

function numberOf(address: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  return parts?.reduce((all, part) => all * 256 + part, 0);
}

/** The kernel prints addresses as numbers of its own byte order, which is the wrong way round on all that have PCI cards. */
function littleEndian(hex: string): number | undefined {
  if (!/^[0-9A-Fa-f]{8}$/.test(hex)) return undefined;
  return Number.parseInt((hex.match(/../g) ?? []).reverse().join(""), 16);
}

function rowsOf(reader: Reader, path: string): string[][] {
  const text = attempt(path, () => reader.readText(path));
  return (text.known ? text.value : "").split("\n").map((line) => line.trim().split(/\s+/));
}

/** The interfaces of the default routes, of both families (proc_pid_net(5)). */
function defaultRoutes(reader: Reader): string[] {
  const four = rowsOf(reader, ROUTES).flatMap(([name, to, , flags = "", , , , mask]) =>
    to === "00000000" && mask === "00000000" && isUsed(flags) ? (name ?? []) : [],
  );
  const six = rowsOf(reader, ROUTES6).flatMap(([to = "", prefix, , , , , , , flags = "", name]) =>
    /^0{32}$/.test(to) && prefix === "00" && isUsed(flags) ? (name ?? []) : [],
  );
  return [...new Set([...four, ...six])].filter((name) => name !== "lo");
}

function isUsed(flags: string): boolean {
  const bits = Number.parseInt(flags, 16);
  return (bits & UP) !== 0 && (bits & REJECT) === 0;
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
