import type { Reader } from "../host/reader.ts";
import type { Fact } from "../model/index.ts";
import { attempt, known } from "./fact.ts";

const ROUTES = "/proc/net/route";
const ROUTES6 = "/proc/net/ipv6_route";
/** From linux/route.h: the route may be used, it has a gateway, and the kernel refuses what it leads to. */
const UP = 0x1;
const GATEWAY = 0x2;
const REJECT = 0x200;

export interface DefaultRoute {
  readonly interface: string;
  /** Absent where the interface alone is the way, as on a tunnel. */
  readonly gateway?: string;
}

/** The default routes of the main table, of both families, in the kernel's order (proc_pid_net(5)). */
export function readDefaultRoutes(reader: Reader): Fact<readonly DefaultRoute[]> {
  const [four, six] = [rowsOf(reader, ROUTES), rowsOf(reader, ROUTES6)];
  // A kernel without IPv6 has no second table.
  if (!four.known && !six.known) return four;
  const routes = [
    ...(four.known ? four.value : []).flatMap(defaultOf4),
    ...(six.known ? six.value : []).flatMap(defaultOf6),
  ];
  return known(routes.filter((route) => route.interface !== "lo"));
}

function defaultOf4([name, to, gateway = "", flags = "", , , , mask]: string[]): DefaultRoute[] {
  if (name === undefined || to !== "00000000" || mask !== "00000000" || !isUsed(flags)) return [];
  const number = hasGateway(flags) ? littleEndian(gateway) : undefined;
  return [{ interface: name, ...(number === undefined ? {} : { gateway: dotted(number) }) }];
}

function defaultOf6([to = "", prefix, , , gateway = "", , , , flags = "", name]: string[]): DefaultRoute[] {
  if (name === undefined || !/^0{32}$/.test(to) || prefix !== "00" || !isUsed(flags)) return [];
  return [{ interface: name, ...(hasGateway(flags) ? { gateway: colons(gateway) } : {}) }];
}

/**
 * The interface by which an IPv4 address is reached, where a route of the main table that is no default route leads
 * there; the longest of them counts.
 */
export function interfaceTowards(reader: Reader, address: string): string | undefined {
  const target = numberOf(address);
  const rows = rowsOf(reader, ROUTES);
  if (target === undefined || !rows.known) return undefined;
  const ways = rows.value.flatMap(([name = "", to = "", , flags = "", , , , mask = ""]) => {
    const [network, bits] = [littleEndian(to), littleEndian(mask)];
    const fits = network !== undefined && bits !== undefined && bits !== 0 && isUsed(flags);
    return fits && (target & bits) >>> 0 === network ? [{ name, bits }] : [];
  });
  return ways.sort((a, b) => b.bits - a.bits)[0]?.name;
}

function rowsOf(reader: Reader, path: string): Fact<readonly string[][]> {
  const text = attempt(path, () => reader.readText(path));
  return text.known ? known(text.value.split("\n").map((line) => line.trim().split(/\s+/))) : text;
}

function isUsed(flags: string): boolean {
  const bits = Number.parseInt(flags, 16);
  return (bits & UP) !== 0 && (bits & REJECT) === 0;
}

function hasGateway(flags: string): boolean {
  return (Number.parseInt(flags, 16) & GATEWAY) !== 0;
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

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join(".");
}

/** 32 hex digits as an IPv6 address, with its first zeros as `::`. */
function colons(hex: string): string {
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => group.replace(/^0{1,3}/, ""));
  return groups.join(":").replace(/(?:^|:)0(?::0)+(?:$|:)/, "::");
}
