import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PciDevice } from "../../src/model/index.ts";
import { slotAddress } from "../../src/pci/address.ts";
import { bridgeChain } from "../../src/pci/bridge-chain.ts";
import { resolveSelector } from "../../src/pci/selectors.ts";
import type { DeviceSelector } from "../../src/spec/host-spec.gen.ts";
import { AMD_B550, BOARDS, INTEL_DESKTOP, TWO_ROOT_BUSES } from "./support/boards.ts";
import { pciDevice } from "./support/device.ts";
import { machines } from "./support/topology.ts";

/** The addresses of the slots that a selector means, else why it means none. */
function meant(selector: DeviceSelector, devices: readonly PciDevice[]): string {
  const found = resolveSelector(selector, devices);
  if (found.kind === "one") return found.slot.address;
  return found.kind === "several" ? found.slots.map((slot) => slot.address).join(" ") : found.kind;
}

describe("resolveSelector on an Intel desktop", () => {
  it.each<[string, DeviceSelector, string]>([
    ["an id", { id: "10ec:8139" }, "0000:07:01"],
    ["the id of a companion function", { id: "8086:2930" }, "0000:00:1f"],
    ["an id that two cards have", { id: "1b36:0010" }, "0000:02:00 0000:04:00"],
    ["an id that no card has", { id: "10de:2206" }, "none"],
    ["the first of two", { id: "1b36:0010", nth: 1 }, "0000:02:00"],
    ["the second of two", { id: "1b36:0010", nth: 2 }, "0000:04:00"],
    ["the third of two", { id: "1b36:0010", nth: 3 }, "none"],
    ["id and path", { id: "1b36:0010", path: "1c.1/00.0" }, "0000:04:00"],
    ["a subsystem", { subsystem: "8086:0000" }, "0000:03:00"],
    ["id and subsystem that do not go together", { id: "10ec:8139", subsystem: "8086:0000" }, "none"],
    ["a full address", { address: "0000:01:00.0" }, "0000:01:00"],
    ["the address of another function", { address: "0000:01:00.1" }, "0000:01:00"],
    ["the address of a slot", { address: "0000:01:00" }, "0000:01:00"],
    ["an address without domain", { address: "01:00.0" }, "0000:01:00"],
    ["the address of a slot without domain", { address: "01:00" }, "0000:01:00"],
    ["the address of a function that is not there", { address: "01:00.7" }, "none"],
    ["an address in another domain", { address: "0001:01:00.0" }, "none"],
    ["a path", { path: "01.1/00.0" }, "0000:02:00"],
    ["a path without the last function", { path: "01.0/00" }, "0000:01:00"],
    ["a path with the root bus", { path: "0000:00/1c.3/00.0/01.0" }, "0000:07:01"],
    ["a path on another root bus", { path: "0000:40/01.1/00.0" }, "none"],
    ["a path that ends too early", { path: "1c.3/00.0" }, "0000:06:00"],
    ["the name of a class", { class: "network" }, "0000:03:00 0000:07:01"],
    ["a base class", { class: "04" }, "0000:00:1b 0000:01:00"],
    ["a class with its subclass", { class: "0106" }, "0000:00:1f"],
    ["a whole class code", { class: "0c0330" }, "0000:00:14 0000:05:00"],
    ["a class that another function of the slot has", { id: "1234:1111", class: "audio" }, "none"],
  ])("finds %s", (_what, selector, slots) => {
    expect(meant(selector, INTEL_DESKTOP.devices)).toBe(slots);
  });
});

describe("resolveSelector", () => {
  it.each([
    ["vga", "030000"],
    ["display", "038000"],
    ["3d", "030200"],
    ["audio", "040300"],
    ["usb", "0c0330"],
    ["nvme", "010802"],
    ["network", "028000"],
    ["storage", "010601"],
    ["bridge", "060400"],
  ])("knows the class %s", (name, code) => {
    const wanted = pciDevice({ address: "0000:01:00.0", class: code });
    const other = pciDevice({ address: "0000:02:00.0", class: "ff0000" });
    expect(meant({ class: name }, [wanted, other])).toBe("0000:01:00");
  });

  it.each(["gpu", "0x03", "030", "toString"])("refuses the class %s", (name) => {
    expect(resolveSelector({ class: name }, INTEL_DESKTOP.devices)).toEqual({ kind: "unknown-class", name });
  });

  it("asks for the root bus where two have the same chain", () => {
    const devices = [
      ...TWO_ROOT_BUSES.devices,
      pciDevice({ address: "0000:00:00.0" }),
      pciDevice({ address: "0000:40:00.0", path: "/sys/devices/pci0000:40/0000:40:00.0" }),
    ];
    expect(meant({ path: "00.0" }, devices)).toBe("0000:00:00 0000:40:00");
    expect(meant({ path: "0000:40/00.0" }, devices)).toBe("0000:40:00");
  });

  it("takes all functions of the slot, or those that are named", () => {
    const all = resolveSelector({ id: "10de:1f08" }, AMD_B550.devices);
    const some = resolveSelector({ id: "10de:1f08", functions: [2, 0] }, AMD_B550.devices);
    expect(all).toMatchObject({
      kind: "one",
      functions: [{ address: "0000:07:00.0" }, { address: "0000:07:00.1" }, { address: "0000:07:00.2" }],
    });
    expect(some).toMatchObject({
      kind: "one",
      slot: { functions: { length: 3 } },
      functions: [{ address: "0000:07:00.0" }, { address: "0000:07:00.2" }],
    });
  });

  it("says which named functions the slot does not have", () => {
    expect(resolveSelector({ address: "07:00", functions: [0, 3, 5] }, AMD_B550.devices)).toMatchObject({
      kind: "missing-functions",
      slot: { address: "0000:07:00" },
      missing: [3, 5],
    });
  });

  it.each(BOARDS)("finds every device of $about by path and id", ({ devices }) => {
    expectFoundByPlace(devices);
  });

  it("finds every device of any machine by its address, and by path and id", () => {
    fc.assert(fc.property(machines, expectFoundByPlace));
  });

  it("counts the matches of nth in address order", () => {
    fc.assert(
      fc.property(machines, (devices) => {
        const found = resolveSelector({ class: "display" }, devices);
        const slots = found.kind === "several" ? found.slots : found.kind === "one" ? [found.slot] : [];
        const counted = slots.map((_, index) => meant({ class: "display", nth: index + 1 }, devices));
        expect(counted).toEqual(slots.map((slot) => slot.address));
        expect(counted).toEqual([...counted].sort());
        expect(meant({ class: "display", nth: slots.length + 1 }, devices)).toBe("none");
      }),
    );
  });
});

function expectFoundByPlace(devices: readonly PciDevice[]): void {
  const slots = devices.map((device) => slotAddress(device.address));
  const pathAndId = devices.map((device): DeviceSelector => {
    const chain = bridgeChain(device);
    return { id: `${device.vendor}:${device.device}`, path: `${chain?.rootBus ?? ""}/${chain?.path ?? ""}` };
  });
  expect(devices.map(({ address }) => meant({ address }, devices))).toEqual(slots);
  expect(slots.map((address) => meant({ address }, devices))).toEqual(slots);
  expect(pathAndId.map((selector) => meant(selector, devices))).toEqual(slots);
}
