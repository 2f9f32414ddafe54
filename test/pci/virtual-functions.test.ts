import { describe, expect, it } from "vitest";
import type { PciDevice } from "../../src/model/index.ts";
import { lockOf, sameIds } from "../../src/pci/device-lock.ts";
import { resolveDevices } from "../../src/pci/named-devices.ts";
import { slotsOf } from "../../src/pci/slots.ts";
import type { DeviceSelector } from "../../src/spec/host-spec.gen.ts";
import { pciDevice } from "./support/device.ts";

const PORT = "/sys/devices/pci0000:00/0000:00:01.0";

function card(address: string, device: string, physicalFunction?: string): PciDevice {
  return pciDevice({
    address,
    path: `${PORT}/${address}`,
    vendor: "15b3",
    device,
    driver: "mlx5_core",
    ...(physicalFunction === undefined ? {} : { physicalFunction }),
  });
}

/** Two ports, of which the first has two virtual functions in its own slot and one beyond it. */
const DEVICES = [
  card("0000:01:00.0", "1015"),
  card("0000:01:00.1", "1015"),
  card("0000:01:00.2", "1016", "0000:01:00.0"),
  card("0000:01:00.3", "1016", "0000:01:00.0"),
  card("0000:01:01.0", "1016", "0000:01:00.0"),
];

function meant(selector: DeviceSelector): string {
  const { byName, diagnostics } = resolveDevices({ vf: selector }, DEVICES);
  const found = byName.get("vf")?.functions.map(({ address }) => address);
  return found?.join(" ") ?? diagnostics.map(({ code }) => code).join(" ");
}

describe("a virtual function", () => {
  it("is a slot of its own", () => {
    expect(slotsOf(DEVICES).map(({ address }) => address)).toEqual([
      "0000:01:00",
      "0000:01:00.2",
      "0000:01:00.3",
      "0000:01:01.0",
    ]);
  });

  it.each<[string, DeviceSelector, string]>([
    ["its address", { address: "01:00.2" }, "0000:01:00.2"],
    ["the slot and its number", { address: "01:00", functions: [2] }, "0000:01:00.2"],
    ["its path", { path: "01.0/00.3" }, "0000:01:00.3"],
    ["its path and its number", { path: "01.0/00", functions: [3] }, "0000:01:00.3"],
    ["the id and its number", { id: "15b3:1016", functions: [3] }, "0000:01:00.3"],
    ["the id and which of them", { id: "15b3:1016", nth: 3 }, "0000:01:01.0"],
  ])("is meant by %s, and comes alone", (_what, selector, wanted) => {
    expect(meant(selector)).toBe(wanted);
  });

  it.each<[string, DeviceSelector]>([
    ["the address of its card's slot", { address: "01:00" }],
    ["the path of its card's slot", { path: "01.0/00" }],
    ["its card's id", { id: "15b3:1015" }],
  ])("does not come with %s", (_what, selector) => {
    expect(meant(selector)).toBe("0000:01:00.0 0000:01:00.1");
  });

  it("is told apart from those that are like it, a line for each", () => {
    const { diagnostics } = resolveDevices({ vf: { id: "15b3:1016" } }, DEVICES);
    expect(diagnostics).toMatchObject([
      {
        code: "device-ambiguous",
        summary: 'vf must be one PCI device, but 3 match { id: "15b3:1016" }',
        hint: [
          "say which one:",
          '  vf: { id: "15b3:1016", path: "01.0/00.2" }',
          '  vf: { id: "15b3:1016", path: "01.0/00.3" }',
          '  vf: { id: "15b3:1016", path: "01.0/01.0" }',
        ].join("\n"),
      },
    ]);
  });

  it("needs a name of its own, and that is said", () => {
    const { diagnostics } = resolveDevices({ all: { address: "01:00", functions: [0, 2] } }, DEVICES);
    expect(diagnostics).toMatchObject([
      {
        code: "device-not-found",
        hint: "01:00.2 is a virtual function: give each a name of its own under devices",
      },
    ]);
  });

  it("has a place of its own in the lock, and is not its sibling", () => {
    const { byName } = resolveDevices(
      { a: { address: "01:00.2" }, b: { address: "01:00.3" }, card: { address: "01:00" } },
      DEVICES,
    );
    const { a, b, card: whole } = lockOf(byName.values()).devices;
    expect([a?.path, a?.slot, a?.functions.length]).toEqual(["01.0/00.2", "0000:01:00.2", 1]);
    expect([whole?.path, whole?.functions.map((one) => one.function)]).toEqual(["01.0/00", [0, 1]]);
    expect(a !== undefined && b !== undefined && sameIds(a, b)).toBe(false);
  });
});
