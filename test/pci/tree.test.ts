import { describe, expect, it } from "vitest";
import type { PciDevice } from "../../src/model/index.ts";
import type { Branch } from "../../src/pci/tree.ts";
import { rootBuses } from "../../src/pci/tree.ts";

const at = (...addresses: readonly string[]): PciDevice => ({
  address: addresses.at(-1) ?? "",
  path: `/sys/devices/pci0000:00/${addresses.join("/")}`,
  vendor: "1022",
  device: "1483",
  subsystemVendor: "1022",
  subsystemDevice: "1483",
  class: "060400",
  revision: "00",
  names: {},
  config: { known: false, why: "not in this test" },
});

const drawn = (branches: readonly Branch[]): unknown =>
  branches.map(({ device, below }) => [device.address, drawn(below)]);

describe("the PCI tree", () => {
  it("has each device below the bridge that its path goes over, in the order of addresses", () => {
    const [port, up, gpu] = ["0000:00:03.1", "0000:0a:00.0", "0000:0b:00.0"] as const;
    const devices = [at("0000:00:14.0"), at(port, up, gpu), at(port, up), at(port), at("0000:80:00.0")];
    expect([...rootBuses(devices)].map(([bus, branches]) => [bus, drawn(branches)])).toEqual([
      [
        "0000:00",
        [
          [port, [[up, [[gpu, []]]]]],
          ["0000:00:14.0", []],
        ],
      ],
      ["0000:80", [["0000:80:00.0", []]]],
    ]);
  });

  it("has a device whose bridge is not listed on a bus of its own", () => {
    expect([...rootBuses([at("0000:00:01.0", "0000:01:00.0")]).keys()]).toEqual(["0000:01"]);
  });
});
