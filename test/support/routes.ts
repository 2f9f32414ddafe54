import type { Content } from "./host.ts";

/** Lines that Linux 6.18 printed in a network namespace. */
export const HEAD =
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       ";
export const IPV4_DEFAULT =
  "v0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0                                                                                 ";
export const IPV4_NET =
  "v0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0                                                                                 ";
export const IPV6_DEFAULT =
  "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003       v0";
/** The kernel always has this one, and refuses what it leads to. */
export const REFUSED =
  "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo";

export function routesOf(four: readonly string[], six: readonly string[] = []): Record<string, Content> {
  return {
    "/proc/net/route": [HEAD, ...four, ""].join("\n"),
    "/proc/net/ipv6_route": [...six, ""].join("\n"),
  };
}
