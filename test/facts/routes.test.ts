import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { interfaceTowards, readDefaultRoutes } from "../../src/facts/routes.ts";
import { HEAD, IPV4_DEFAULT, IPV4_NET, IPV6_DEFAULT, REFUSED, routesOf } from "../support/routes.ts";
import { readerOf } from "../support/host.ts";

const read = (four: readonly string[], six: readonly string[] = []) =>
  readDefaultRoutes(readerOf(routesOf(four, six)));

describe("the default routes", () => {
  it.each([
    ["IPv4", [IPV4_DEFAULT, IPV4_NET], [REFUSED], [{ interface: "v0", gateway: "192.0.2.1" }]],
    ["IPv6", [IPV4_NET], [IPV6_DEFAULT, REFUSED], [{ interface: "v0", gateway: "fe80::1" }]],
    [
      "both, IPv4 first",
      [IPV4_DEFAULT],
      [IPV6_DEFAULT],
      [
        { interface: "v0", gateway: "192.0.2.1" },
        { interface: "v0", gateway: "fe80::1" },
      ],
    ],
    [
      "a tunnel, which has no gateway",
      [IPV4_DEFAULT.replace("010200C0\t0003", "00000000\t0001")],
      [],
      [{ interface: "v0" }],
    ],
    ["none, and the kernel refuses the rest", [IPV4_NET], [REFUSED], []],
    ["one that is down", [IPV4_DEFAULT.replace("\t0003\t", "\t0002\t")], [], []],
    [
      "a half of the Internet, as a tunnel has it",
      [IPV4_DEFAULT.replace("\t00000000\t0\t0\t0", "\t00000080\t0\t0\t0")],
      [],
      [],
    ],
  ])("are read: %s", (_, four, six, routes) => {
    expect(read(four, six)).toEqual(known(routes));
  });

  it.each([
    ["fe800000000000000000000000000001", "fe80::1"],
    ["20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
    ["20010db8000100020003000400050006", "2001:db8:1:2:3:4:5:6"],
    ["20010db8000000010000000000000000", "2001:db8:0:1::"],
  ])("name a gateway of IPv6 as a person does: %s is %s", (hex, gateway) => {
    const line = IPV6_DEFAULT.replace("fe800000000000000000000000000001", hex);
    expect(read([], [line])).toEqual(known([{ interface: "v0", gateway }]));
  });

  it("are those of IPv4 on a kernel without IPv6", () => {
    const reader = readerOf({ "/proc/net/route": `${HEAD}\n${IPV4_DEFAULT}\n` });
    expect(readDefaultRoutes(reader)).toEqual(known([{ interface: "v0", gateway: "192.0.2.1" }]));
  });

  it("are unknown, not none, where there is no table", () => {
    expect(readDefaultRoutes(readerOf({}))).toEqual(unknown("/proc/net/route is not there"));
  });
});

describe("the way to an address", () => {
  const reader = readerOf(routesOf([IPV4_DEFAULT, IPV4_NET.replace("v0", "v1")]));

  it("is that of its network", () => {
    expect(interfaceTowards(reader, "192.0.2.77")).toBe("v1");
  });

  it.each(["198.51.100.1", "fe80::1", "nas"])("is not the default route's: %s", (address) => {
    expect(interfaceTowards(reader, address)).toBeUndefined();
  });
});
