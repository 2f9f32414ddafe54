import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { slotsOf } from "../../src/pci/slots.ts";
import { pciDevice } from "./support/device.ts";
import { machines } from "./support/topology.ts";

describe("slotsOf", () => {
  it("puts a card and its companions together, in address order", () => {
    const devices = ["0000:0d:00.0", "0000:0c:00.1", "0000:0c:00.0"].map((address) => pciDevice({ address }));
    const slots = slotsOf(devices);
    expect(slots.map((slot) => [slot.address, slot.functions.map(({ address }) => address)])).toEqual([
      ["0000:0c:00", ["0000:0c:00.0", "0000:0c:00.1"]],
      ["0000:0d:00", ["0000:0d:00.0"]],
    ]);
  });

  it("has every device in exactly one slot", () => {
    fc.assert(
      fc.property(machines, (devices) => {
        const functions = slotsOf(devices).flatMap((slot) => slot.functions);
        expect(functions).toHaveLength(devices.length);
        expect(new Set(functions)).toEqual(new Set(devices));
      }),
    );
  });
});
