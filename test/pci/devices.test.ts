import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PciDevice } from "../../src/model/index.ts";
import { readPciDevices } from "../../src/pci/devices.ts";
import { readerOf } from "../support/host.ts";
import { configSpace } from "./grouping/support/config-bytes.ts";
import { BOARDS } from "./support/boards.ts";
import { pciDevice } from "./support/device.ts";
import { sysfsOf } from "./support/sysfs.ts";
import { machines } from "./support/topology.ts";

const PCI_IDS = "10de  NVIDIA Corporation\n\t2206  GA102\nC 03  Display controller\n";

const gpu = pciDevice({
  address: "0000:0a:00.0",
  path: "/sys/devices/pci0000:00/0000:00:03.1/0000:0a:00.0",
  vendor: "10de",
  device: "2206",
  subsystemVendor: "1462",
  subsystemDevice: "3892",
  class: "030000",
  revision: "a1",
  driver: "nouveau",
  bootVga: true,
  iommuGroup: 30,
});
const port = pciDevice({ address: "0000:00:03.1", class: "060400" });

describe("readPciDevices", () => {
  it("reads ids, links and boot_vga at the real path", () => {
    expect(readPciDevices(readerOf(sysfsOf([port, gpu])))).toEqual({ known: true, value: [port, gpu] });
  });

  it("tells a card that did not draw the boot screen from a device without a screen", () => {
    const second = { ...gpu, bootVga: false };
    expect(readPciDevices(readerOf(sysfsOf([port, second])))).toEqual({ known: true, value: [port, second] });
  });

  it.each(["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"])("takes names from %s", (path) => {
    const [device] = valueOf({ ...sysfsOf([gpu]), [path]: PCI_IDS });
    expect(device?.names).toEqual({
      vendor: "NVIDIA Corporation",
      device: "GA102",
      class: "Display controller",
    });
  });

  it("does without names where pci.ids cannot be read", () => {
    const files = { ...sysfsOf([gpu]), "/usr/share/misc/pci.ids": { kind: "file", error: "EIO" } as const };
    expect(valueOf(files)).toEqual([gpu]);
  });

  it("knows that a machine has no devices", () => {
    expect(readPciDevices(readerOf(sysfsOf([])))).toEqual({ known: true, value: [] });
  });

  it("says that there is no PCI bus to look at", () => {
    expect(readPciDevices(readerOf({}))).toEqual({ known: false, why: "there is no /sys/bus/pci/devices" });
  });

  it.each([
    ["its link dangles", { "/sys/bus/pci/devices/0000:0a:00.0": { link: "../../../devices/gone" } }],
    ["its ids are gone", { [`${gpu.path}/vendor`]: { kind: "absent" } as const }],
    ["reading an id answers ENODEV", { [`${gpu.path}/class`]: { kind: "file", error: "ENODEV" } as const }],
    ["reading an id answers ENOENT", { [`${gpu.path}/device`]: { kind: "file", error: "ENOENT" } as const }],
  ])("leaves out a device that is unplugged meanwhile: %s", (_how, change) => {
    expect(valueOf({ ...sysfsOf([port, gpu]), ...change })).toEqual([port]);
  });

  it("knows no list where an attribute cannot be read, for a hole could hide the right device", () => {
    const files = {
      ...sysfsOf([port, gpu]),
      [`${gpu.path}/vendor`]: { kind: "file", error: "EACCES" } as const,
    };
    expect(readPciDevices(readerOf(files))).toEqual({
      known: false,
      why: "reading the PCI devices needs root",
    });
  });

  it("does without what old kernels do not show", () => {
    const files = { ...sysfsOf([gpu]), [`${gpu.path}/revision`]: { kind: "absent" } as const };
    expect(valueOf(files)).toEqual([{ ...gpu, revision: "00" }]);
  });

  describe("configuration space", () => {
    const bytes = configSpace({ pcieType: 0, acs: { capability: 0x1f, control: 0x1d }, multifunction: true });
    const config = (length: number, more: Parameters<typeof readerOf>[0] = {}) => {
      const base64 = Buffer.from(bytes.subarray(0, length)).toString("base64");
      return valueOf({ ...sysfsOf([gpu]), [`${gpu.path}/config`]: { kind: "file", base64 }, ...more })[0];
    };

    it("is read with root", () => {
      expect(config(4096)).toMatchObject({
        multifunctionBit: true,
        config: { known: true, value: { pcieType: 0, acs: { capability: 0x1f, control: 0x1d } } },
      });
    });

    it("is unknown without root, and whether the device is PCI Express then shows by its link files", () => {
      const why = "reading all of the configuration space needs root";
      const link = { [`${gpu.path}/max_link_speed`]: "16.0 GT/s PCIe\n" };
      const rest = { multifunctionBit: true, config: { known: false, why } };
      expect(config(64)).toMatchObject({ ...rest, pcie: false });
      expect(config(64, link)).toMatchObject({ ...rest, pcie: true });
    });

    it("that may not be read at all is unknown, and the list of devices is known all the same", () => {
      const refused = { [`${gpu.path}/config`]: { kind: "file", error: "EACCES" } as const };
      const why = "reading the configuration space needs root";
      expect(valueOf({ ...sysfsOf([gpu]), ...refused })[0]).toMatchObject({ config: { known: false, why } });
    });
  });

  it("knows the physical function of a virtual one", () => {
    const virtual = { [`${gpu.path}/physfn`]: { link: "../0000:0a:00.1" } };
    expect(valueOf({ ...sysfsOf([gpu]), ...virtual })[0]).toMatchObject({ physicalFunction: "0000:0a:00.1" });
  });

  it("knows where ARI makes a function number of a device number, and asks only there", () => {
    const path = "/sys/devices/pci0000:00/0000:00:03.1";
    const far = pciDevice({ address: "0000:0a:01.0", path: `${path}/0000:0a:01.0` });
    const files = sysfsOf([far, gpu]);
    const ari = Object.fromEntries([far, gpu].map((device) => [`${device.path}/ari_enabled`, "1\n"]));
    const devices = valueOf({ ...files, ...ari });
    expect(devices.map((device) => device.ari)).toEqual([undefined, true]);
  });

  it("throws on where a capture has a gap", () => {
    const files = { ...sysfsOf([gpu]), [`${gpu.path}/vendor`]: { kind: "file" } as const };
    expect(() => readPciDevices(readerOf(files))).toThrow(/the capture does not hold/);
  });

  it("puts the longer domain numbers of Intel VMD last, which the names alone would not", () => {
    const devices = ["1000:00:00.0", "10000:e0:06.0"].map((address) => pciDevice({ address }));
    expect(valueOf(sysfsOf(devices))).toEqual(devices);
  });

  it.each(BOARDS)("reads back $about", ({ devices }) => {
    expect(valueOf(sysfsOf(devices))).toEqual(devices);
  });

  it("gives the devices of any machine in address order", () => {
    fc.assert(
      fc.property(machines, (devices) => {
        const inOrder = [...devices].sort((a, b) => (a.address < b.address ? -1 : 1));
        expect(valueOf(sysfsOf(devices))).toEqual(inOrder);
      }),
      { numRuns: 20 },
    );
  });
});

function valueOf(files: Parameters<typeof readerOf>[0]): readonly PciDevice[] {
  const fact = readPciDevices(readerOf(files));
  if (!fact.known) throw new Error(fact.why);
  return fact.value;
}
