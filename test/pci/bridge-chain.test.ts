import { describe, expect, it } from "vitest";
import { bridgeChain } from "../../src/pci/bridge-chain.ts";

describe("bridgeChain", () => {
  it.each([
    ["a device on the root bus", "/sys/devices/pci0000:00/0000:00:1f.3", "0000:00", "1f.3"],
    ["a card below a root port", "/sys/devices/pci0000:00/0000:00:03.1/0000:0a:00.0", "0000:00", "03.1/00.0"],
    [
      "a card below a switch",
      "/sys/devices/pci0000:00/0000:00:01.2/0000:02:00.2/0000:03:04.0/0000:06:00.1",
      "0000:00",
      "01.2/00.2/04.0/00.1",
    ],
    ["another root bus", "/sys/devices/pci0000:40/0000:40:01.0/0000:42:00.0", "0000:40", "01.0/00.0"],
    [
      "a root bus below a platform device",
      "/sys/devices/platform/40000000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0",
      "0000:00",
      "00.0/00.0",
    ],
    [
      "a root bus below another device (Intel VMD)",
      "/sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0",
      "10000:e0",
      "06.0/00.0",
    ],
  ])("leads to %s", (_what, path, rootBus, chain) => {
    expect(bridgeChain({ path })).toEqual({ rootBus, path: chain });
  });

  it("is not had from a path without a root bus", () => {
    expect(bridgeChain({ path: "/sys/devices/virtual/0000:00:01.0" })).toBeUndefined();
  });
});
