import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveSelector } from "../../src/pci/selectors.ts";
import { slotsOf } from "../../src/pci/slots.ts";
import { suggestSelector } from "../../src/pci/suggest-selector.ts";
import { INTEL_DESKTOP } from "./support/boards.ts";
import { pciDevice } from "./support/device.ts";
import { machines } from "./support/topology.ts";

function suggestFor(address: string, devices = INTEL_DESKTOP.devices) {
  const slot = slotsOf(devices).find((one) => one.address === address);
  const [device] = slot?.functions ?? [];
  if (slot === undefined || device === undefined) throw new Error(`no ${address}`);
  return suggestSelector({ id: `${device.vendor}:${device.device}` }, slot, devices);
}

describe("suggestSelector", () => {
  it("adds nothing to a selector that is enough", () => {
    expect(suggestFor("0000:07:01")).toEqual({ id: "10ec:8139" });
  });

  it("adds the path to tell two cards of one kind apart", () => {
    expect(suggestFor("0000:04:00")).toEqual({ id: "1b36:0010", path: "1c.1/00.0" });
  });

  it("adds the root bus where the path is not enough", () => {
    const devices = [
      pciDevice({ address: "0000:00:01.0" }),
      pciDevice({ address: "0000:40:01.0", path: "/sys/devices/pci0000:40/0000:40:01.0" }),
    ];
    expect(suggestFor("0000:40:01", devices)).toEqual({ id: "1af4:1041", path: "0000:40/01.0" });
  });

  it("goes by the function that the selector matches", () => {
    const slot = slotsOf(INTEL_DESKTOP.devices).find((one) => one.address === "0000:01:00");
    const suggested = slot && suggestSelector({ class: "audio" }, slot, INTEL_DESKTOP.devices);
    expect(suggested).toEqual({ class: "audio", path: "01.0/00.1" });
  });

  it("gives nothing for a selector that does not match the slot", () => {
    const [slot] = slotsOf(INTEL_DESKTOP.devices);
    expect(slot && suggestSelector({ id: "10ec:8139" }, slot, INTEL_DESKTOP.devices)).toBeUndefined();
  });

  it("finds for every slot of any machine a selector of that slot alone", () => {
    fc.assert(
      fc.property(machines, (devices) => {
        for (const slot of slotsOf(devices)) {
          const selector = suggestFor(slot.address, [...devices]);
          expect(selector && resolveSelector(selector, devices)).toMatchObject({
            kind: "one",
            slot: { address: slot.address },
          });
        }
      }),
    );
  });
});
