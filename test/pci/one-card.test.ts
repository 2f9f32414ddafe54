import { describe, expect, it } from "vitest";
import type { PciDevice } from "../../src/model/index.ts";
import { resolveDevices } from "../../src/pci/named-devices.ts";
import { isMixed } from "../../src/pci/one-card.ts";
import type { DeviceSelector } from "../../src/spec/host-spec.gen.ts";
import { pciDevice } from "./support/device.ts";

interface Row {
  readonly id: string;
  readonly class: string;
  readonly driver?: string;
  readonly group?: number;
}

/** The functions of one slot, by number, in a slot of the root bus or behind a port. */
function slot(rows: Readonly<Record<number, Row>>, place: "on the root bus" | "behind a port"): PciDevice[] {
  const [number, folder] =
    place === "on the root bus"
      ? ["0000:00:1f", "/sys/devices/pci0000:00"]
      : ["0000:0c:00", "/sys/devices/pci0000:00/0000:00:08.1"];
  return Object.entries(rows).map(([digit, { id, class: code, driver, group }]) => {
    const [vendor = "", device = ""] = id.split(":");
    const address = `${number}.${digit}`;
    return pciDevice({
      address,
      path: `${folder}/${address}`,
      vendor,
      device,
      class: code,
      ...(driver === undefined ? {} : { driver }),
      ...(group === undefined ? {} : { iommuGroup: group }),
    });
  });
}

/** The functions that a name means, else the hint that asks for them. */
function meant(selector: DeviceSelector, devices: readonly PciDevice[]): string | undefined {
  const { byName, diagnostics } = resolveDevices({ it: selector }, devices);
  const [diagnostic] = diagnostics;
  if (diagnostic !== undefined) return `${diagnostic.code} ${diagnostic.hint?.split("\n")[1]?.trim() ?? ""}`;
  return byName
    .get("it")
    ?.functions.map(({ address }) => address.at(-1))
    .join(" ");
}

/** A desktop processor's slot: graphics, their audio, the security processor, two USB controllers, the board's audio. */
const RAPHAEL: Readonly<Record<number, Row>> = {
  0: { id: "1002:164e", class: "030000", driver: "amdgpu", group: 20 },
  1: { id: "1002:1640", class: "040300", driver: "snd_hda_intel", group: 21 },
  2: { id: "1022:1649", class: "108000", driver: "ccp", group: 22 },
  3: { id: "1022:15b6", class: "0c0330", driver: "xhci_hcd", group: 23 },
  4: { id: "1022:15b7", class: "0c0330", driver: "xhci_hcd", group: 24 },
  6: { id: "1022:15e3", class: "040300", driver: "snd_hda_intel", group: 25 },
};

const TURING: Readonly<Record<number, Row>> = {
  0: { id: "10de:1f07", class: "030000", driver: "nouveau", group: 5 },
  1: { id: "10de:10f9", class: "040300", driver: "snd_hda_intel", group: 5 },
  2: { id: "10de:1ada", class: "0c0330", driver: "xhci_hcd", group: 5 },
  3: { id: "10de:1adb", class: "0c8000", driver: "i2c_nvidia_gpu", group: 5 },
};

const FOUR_PORTS: Readonly<Record<number, Row>> = Object.fromEntries(
  [0, 1, 2, 3].map((port) => [port, { id: "8086:1521", class: "020000", driver: "igb", group: 40 + port }]),
);

function without(rows: Readonly<Record<number, Row>>, key: "group" | "driver"): Record<number, Row> {
  return Object.fromEntries(
    Object.entries(rows).map(([digit, row]) => {
      const { [key]: _left, ...rest } = row;
      return [digit, rest];
    }),
  );
}

function inGroups(
  rows: Readonly<Record<number, Row>>,
  group: (digit: number) => number,
): Record<number, Row> {
  return Object.fromEntries(
    Object.entries(rows).map(([digit, row]) => [digit, { ...row, group: group(Number(digit)) }]),
  );
}

describe("a selector that names one function", () => {
  it.each<[string, DeviceSelector, PciDevice[], string]>([
    [
      "is its whole card where that is a graphics card",
      { id: "10de:1f07" },
      slot(TURING, "behind a port"),
      "0 1 2 3",
    ],
    ["is that card also by its audio", { address: "0c:00.1" }, slot(TURING, "behind a port"), "0 1 2 3"],
    [
      "is that card also where the ACS override parts its functions",
      { id: "10de:1f07" },
      slot(
        inGroups(TURING, (digit) => digit),
        "behind a port",
      ),
      "0 1 2 3",
    ],
    [
      "is that card also without an IOMMU",
      { class: "vga" },
      slot(without(TURING, "group"), "behind a port"),
      "0 1 2 3",
    ],
    [
      "is graphics and audio of an older AMD processor, on the root bus",
      { class: "vga" },
      slot(
        {
          0: { id: "1002:9996", class: "030000", driver: "radeon", group: 0 },
          1: { id: "1002:9902", class: "040300", driver: "snd_hda_intel", group: 0 },
        },
        "on the root bus",
      ),
      "0 1",
    ],
    [
      "must say which in a processor's slot",
      { id: "1022:15b6" },
      slot(RAPHAEL, "behind a port"),
      'device-needs-functions it: { id: "1022:15b6", functions: [3] }',
    ],
    [
      "must say which there without an IOMMU too",
      { address: "0c:00.3" },
      slot(without(RAPHAEL, "group"), "behind a port"),
      'device-needs-functions it: { address: "0c:00", functions: [3] }',
    ],
    [
      "is offered the graphics with their own audio there",
      { class: "vga" },
      slot(RAPHAEL, "behind a port"),
      'device-needs-functions it: { class: "vga", functions: [0, 1] }',
    ],
    [
      "must say which on the root bus, whatever the groups",
      { path: "1f.3" },
      slot(
        {
          0: { id: "8086:a305", class: "060100", group: 8 },
          3: { id: "8086:a348", class: "040300", driver: "snd_hda_intel", group: 8 },
        },
        "on the root bus",
      ),
      'device-needs-functions it: { path: "1f.3", functions: [3] }',
    ],
    [
      "must say which behind a port where another driver of the host has a function",
      { path: "08.1/00.3" },
      slot(
        {
          2: { id: "1022:1456", class: "108000", driver: "ccp", group: 5 },
          3: { id: "1022:145c", class: "0c0330", driver: "xhci_hcd", group: 5 },
        },
        "behind a port",
      ),
      'device-needs-functions it: { path: "08.1/00", functions: [3] }',
    ],
    [
      "takes along what is of no use to a host, in one group",
      { id: "1022:145c" },
      slot(
        {
          0: { id: "1022:145a", class: "130000", group: 5 },
          3: { id: "1022:145c", class: "0c0330", driver: "xhci_hcd", group: 5 },
        },
        "behind a port",
      ),
      "0 3",
    ],
    [
      "is all ports of a network card by their id",
      { id: "8086:1521" },
      slot(FOUR_PORTS, "behind a port"),
      "0 1 2 3",
    ],
    [
      "must say which of several ports, where each has its group",
      { address: "0c:00.2" },
      slot(FOUR_PORTS, "behind a port"),
      'device-needs-functions it: { address: "0c:00", functions: [2] }',
    ],
    [
      "must say which of several ports, where there are no groups yet",
      { address: "0c:00.2" },
      slot(without(FOUR_PORTS, "group"), "behind a port"),
      'device-needs-functions it: { address: "0c:00", functions: [2] }',
    ],
    [
      "is all ports that are in one group",
      { address: "0c:00.2" },
      slot(
        inGroups(FOUR_PORTS, () => 40),
        "behind a port",
      ),
      "0 1 2 3",
    ],
    [
      "is the whole of a USB card with controllers of two speeds",
      { id: "1033:00e0" },
      slot(
        {
          0: { id: "1033:0035", class: "0c0310", driver: "ohci-pci", group: 9 },
          2: { id: "1033:00e0", class: "0c0320", driver: "ehci-pci", group: 9 },
        },
        "behind a port",
      ),
      "0 2",
    ],
    [
      "is nothing to ask about in a slot with one function",
      { class: "network" },
      [pciDevice({ address: "0000:00:19.0" })],
      "0",
    ],
  ])("%s", (_what, selector, devices, wanted) => {
    expect(meant(selector, devices)).toBe(wanted);
  });

  // Else a spec that was applied could be refused after the next boot: what it binds has another driver then.
  it.each<[string, DeviceSelector, Readonly<Record<number, Row>>]>([
    ["a graphics card", { id: "10de:1f07" }, TURING],
    ["a processor's slot", { id: "1022:15b6" }, RAPHAEL],
    ["a network card", { address: "0c:00.2" }, inGroups(FOUR_PORTS, () => 40)],
    [
      "a slot with a coprocessor",
      { address: "0c:00.3" },
      {
        2: { id: "1022:1456", class: "108000", driver: "ccp", group: 5 },
        3: { id: "1022:145c", class: "0c0330", driver: "xhci_hcd", group: 5 },
      },
    ],
  ])("means the same in %s whatever drivers are bound", (_what, selector, rows) => {
    const bound = meant(selector, slot(rows, "behind a port"));
    const toVfio = Object.entries(rows).map(([digit, row]) => [digit, { ...row, driver: "vfio-pci" }]);
    for (const other of [without(rows, "driver"), Object.fromEntries(toVfio) as typeof rows])
      expect(meant(selector, slot(other, "behind a port"))).toBe(bound);
  });

  it("leaves nothing open once `functions` says which", () => {
    expect(meant({ id: "1022:15b6", functions: [3, 4] }, slot(RAPHAEL, "behind a port"))).toBe("3 4");
  });

  it("is told what else is in the slot, and how to mean all of it", () => {
    const { diagnostics } = resolveDevices({ usb: { address: "0c:00.3" } }, slot(RAPHAEL, "behind a port"));
    const [diagnostic] = diagnostics;
    expect(diagnostic).toMatchObject({ severity: "error", specPath: ["devices", "usb"] });
    expect(diagnostic?.detail).toContain(
      "0c:00.2 Encryption controller [1022:1649], IOMMU group 22, driver ccp",
    );
    expect(diagnostic?.hint).toContain('usb: { address: "0c:00", functions: [0, 1, 2, 3, 4, 6] }');
  });
});

describe("a whole slot", () => {
  it.each<[string, PciDevice[], boolean]>([
    ["of a graphics card is no mixture", slot(TURING, "behind a port"), false],
    ["of network ports is no mixture, whatever their groups", slot(FOUR_PORTS, "behind a port"), false],
    ["of a processor is one", slot(RAPHAEL, "behind a port"), true],
    ["of a processor is one without an IOMMU too", slot(without(RAPHAEL, "group"), "behind a port"), true],
    [
      "of a processor is one whatever drivers it has",
      slot(without(RAPHAEL, "driver"), "behind a port"),
      true,
    ],
    [
      "with one function of use is none",
      slot(
        {
          0: { id: "1022:145a", class: "130000", group: 5 },
          3: { id: "1022:145c", class: "0c0330", driver: "xhci_hcd", group: 6 },
        },
        "behind a port",
      ),
      false,
    ],
  ])("%s", (_what, functions, mixed) => {
    expect(isMixed({ address: "0000:0c:00", functions })).toBe(mixed);
  });
});
