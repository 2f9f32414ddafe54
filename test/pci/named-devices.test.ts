import { describe, expect, it } from "vitest";
import { resolveDevices } from "../../src/pci/named-devices.ts";
import type { DeviceSelector } from "../../src/spec/host-spec.gen.ts";
import { AMD_B550, INTEL_DESKTOP } from "./support/boards.ts";
import { pciDevice } from "./support/device.ts";

function complaintAbout(selector: DeviceSelector, devices = INTEL_DESKTOP.devices) {
  const { byName, diagnostics } = resolveDevices({ "vm-gpu": selector }, devices);
  expect(byName.has("vm-gpu")).toBe(false);
  const [diagnostic, ...others] = diagnostics;
  expect(others).toEqual([]);
  return diagnostic;
}

describe("resolveDevices", () => {
  it("gives each name its slot and the functions that the spec speaks of", () => {
    const { byName, diagnostics } = resolveDevices(
      { "vm-gpu": { id: "1234:1111", path: "01.0/00.0", functions: [0] }, "vm-net": { id: "10ec:8139" } },
      INTEL_DESKTOP.devices,
    );
    expect(diagnostics).toEqual([]);
    expect([...byName.keys()]).toEqual(["vm-gpu", "vm-net"]);
    expect(byName.get("vm-gpu")).toMatchObject({
      name: "vm-gpu",
      slot: { address: "0000:01:00", functions: [{}, { address: "0000:01:00.1" }] },
      functions: [{ address: "0000:01:00.0" }],
    });
  });

  it("lists what matches an ambiguous selector and shows one that does not", () => {
    expect(complaintAbout({ id: "1b36:0010" })).toEqual({
      severity: "error",
      code: "device-ambiguous",
      summary: 'vm-gpu must be one PCI device, but 2 match { id: "1b36:0010" }',
      detail:
        "these match:\n" +
        "  02:00.0 NVMe controller [1b36:0010], path 01.1/00.0\n" +
        "  04:00.0 NVMe controller [1b36:0010], path 1c.1/00.0",
      hint: 'say which one, e.g. vm-gpu: { id: "1b36:0010", path: "01.1/00.0" }',
      specPath: ["devices", "vm-gpu"],
      address: "devices.vm-gpu",
    });
  });

  it("offers nth where there is no path to tell two apart", () => {
    const devices = ["0000:00:01.0", "0000:00:02.0"].map((address) =>
      pciDevice({ address, path: `/sys/devices/elsewhere/${address}` }),
    );
    expect(complaintAbout({ id: "1af4:1041" }, devices)?.hint).toBe(
      'say which one, e.g. vm-gpu: { id: "1af4:1041", nth: 1 }',
    );
  });

  it("lists the host's devices, but not its bridges, where nothing matches", () => {
    const diagnostic = complaintAbout({ id: "10de:2206", nth: 2 });
    expect(diagnostic).toMatchObject({
      severity: "error",
      code: "device-not-found",
      summary: 'no PCI device of this host is vm-gpu: nothing matches { id: "10de:2206", nth: 2 }',
      hint: 'name one that is there, e.g. vm-gpu: { id: "1234:1111", path: "02.0" }',
      specPath: ["devices", "vm-gpu"],
      address: "devices.vm-gpu",
    });
    expect(diagnostic?.detail).toContain("\n  01:00.1 Audio device [8086:293e], path 01.0/00.1\n");
    expect(diagnostic?.detail).not.toMatch(/PCI bridge|Host bridge/);
  });

  it("lists a slot that has a bridge beside other functions", () => {
    expect(complaintAbout({ id: "10de:2206", class: "usb" }, AMD_B550.devices)?.detail).toContain(
      "\n  02:00.0 USB controller [1022:43ee], path 03.2/00.0\n",
    );
  });

  it("does not list thousands of virtual functions", () => {
    const hex = (number: number) => number.toString(16).padStart(2, "0");
    const devices = Array.from({ length: 1000 }, (_, index) =>
      pciDevice({ address: `0000:${hex(Math.floor(index / 8))}:00.${index % 8}` }),
    );
    const lines = complaintAbout({ id: "10de:2206" }, devices)?.detail?.split("\n") ?? [];
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe("  and 992 more (lspci -nn lists them)");
  });

  it.each<[string, string, DeviceSelector, string | undefined]>([
    ["the nearest id", "card", { id: "10ec:8138" }, '{ id: "10ec:8139" }'],
    ["the id with its halves swapped", "card", { id: "8139:10ec" }, '{ id: "10ec:8139" }'],
    ["one of the class that the name says", "lan", { id: "ffff:ffff" }, '{ id: "10ec:8139" }'],
    [
      "one of the class that the selector says",
      "x",
      { id: "ffff:ffff", class: "0200" },
      '{ id: "10ec:8139" }',
    ],
    ["nothing where nothing is near", "card", { id: "ffff:ffff" }, undefined],
  ])("shows as an example %s", (_what, name, selector, shown) => {
    const devices = INTEL_DESKTOP.devices.filter(
      (device) => !device.class.startsWith("02") || device.device === "8139",
    );
    const [diagnostic] = resolveDevices({ [name]: selector }, devices).diagnostics;
    expect(diagnostic?.hint).toBe(
      shown === undefined
        ? "hostcfg groups lists the devices of a host with their ids"
        : `name one that is there, e.g. ${name}: ${shown}`,
    );
  });

  it("lists displays first for what is called a GPU", () => {
    const devices = ["010802", "020000", "030000"].map((code, index) =>
      pciDevice({ address: `0000:0${index}:00.0`, class: code }),
    );
    const first = (name: string) =>
      resolveDevices({ [name]: { id: "10de:2206" } }, devices).diagnostics[0]?.detail?.split("\n")[1];
    expect(first("vm-gpu")).toContain("02:00.0 VGA");
    expect(first("thing")).toContain("00:00.0 NVMe");
  });

  it("has nothing to list on a host without devices", () => {
    expect(complaintAbout({ id: "10de:2206" }, [])).not.toHaveProperty("detail");
    expect(complaintAbout({ id: "10de:2206" }, [])?.hint).toBe(
      "hostcfg groups lists the devices of a host with their ids",
    );
  });

  it("says which functions the slot does not have", () => {
    expect(complaintAbout({ address: "01:00", functions: [0, 2, 3] })).toMatchObject({
      code: "device-not-found",
      summary: "vm-gpu: 01:00 has no function 2, 3",
      specPath: ["devices", "vm-gpu", "functions"],
    });
  });

  it("says which classes have names", () => {
    expect(complaintAbout({ class: "gpu" })).toMatchObject({
      code: "unknown-pci-class",
      summary: 'vm-gpu: "gpu" is no PCI class',
      hint: expect.stringMatching(
        /^use vga, display, 3d, audio, usb, nvme, network, storage, bridge, or/,
      ) as string,
      specPath: ["devices", "vm-gpu", "class"],
    });
  });

  it("tells everything that is wrong, in the order of the spec", () => {
    const { diagnostics } = resolveDevices(
      { a: { id: "10de:2206" }, b: { id: "10ec:8139" }, c: { class: "nvme" } },
      INTEL_DESKTOP.devices,
    );
    expect(diagnostics.map(({ code, address }) => [code, address])).toEqual([
      ["device-not-found", "devices.a"],
      ["device-ambiguous", "devices.c"],
    ]);
  });
});
