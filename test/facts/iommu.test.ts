import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { readIommu } from "../../src/facts/iommu.ts";
import type { Content } from "../support/host.ts";
import { readerOf } from "../support/host.ts";

function device(address: string): Content {
  return { link: `../../../../devices/pci0000:00/${address}` };
}

function group(id: number, ...addresses: string[]): Record<string, Content> {
  return Object.fromEntries(
    addresses.map((address) => [`/sys/kernel/iommu_groups/${id}/devices/${address}`, device(address)]),
  );
}

describe("readIommu", () => {
  it("reads the groups in the order of their numbers", () => {
    const reader = readerOf({
      ...group(30, "0000:0d:00.1", "0000:0c:00.0", "0000:0d:00.0", "0000:0c:00.1"),
      ...group(2, "0000:00:01.0"),
    });
    expect(readIommu(reader).groups).toEqual(
      known([
        { id: 2, devices: ["0000:00:01.0"] },
        { id: 30, devices: ["0000:0c:00.0", "0000:0c:00.1", "0000:0d:00.0", "0000:0d:00.1"] },
      ]),
    );
  });

  it.each<[string, Record<string, Content>]>([
    ["the folder of groups is empty", { "/sys/kernel/iommu_groups": { folder: true } }],
    ["the kernel has no such folder", { "/sys/kernel": { folder: true } }],
  ])("knows that there is no group where %s", (_, files) => {
    expect(readIommu(readerOf(files)).groups).toEqual(known([]));
  });

  it.each<[string, Record<string, Content>]>([
    ["there is no /sys", {}],
    ["/sys is an empty folder", { "/sys": { folder: true } }],
  ])("does not know the groups where %s", (_, files) => {
    expect(readIommu(readerOf(files)).groups).toEqual(unknown("there is no sysfs here"));
  });

  it.each([
    [["APIC", "DMAR", "FACP", "SSDT1"], ["DMAR"]],
    [["APIC", "IVRS"], ["IVRS"]],
    [["IVRS1", "IVRS2"], ["IVRS"]],
    [["APIC", "XDMAR"], []],
    [["GTDT", "IORT", "SPCR"], ["IORT"]],
    [
      ["VIOT", "XMAR", "RIMT"],
      ["RIMT", "VIOT", "XMAR"],
    ],
  ])("finds the tables that announce an IOMMU among %j", (names, tables) => {
    const files = Object.fromEntries(names.map((name) => [`/sys/firmware/acpi/tables/${name}`, ""]));
    expect(readIommu(readerOf(files)).firmwareTables).toEqual(known(tables));
  });

  it("leaves out groups that VFIO made for devices without an IOMMU, and keeps that they were there", () => {
    const mediated = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001";
    const reader = readerOf({
      ...group(0, "0000:01:00.0"),
      "/sys/kernel/iommu_groups/0/name": "vfio-noiommu\n",
      ...group(1, mediated),
      ...group(2, "0000:02:00.0"),
      "/sys/kernel/iommu_groups/2/name": "domain0000-pe1\n",
    });
    const { groups, emulatedGroups } = readIommu(reader);
    expect(groups).toEqual(known([{ id: 2, devices: ["0000:02:00.0"] }]));
    expect(emulatedGroups?.map(({ id }) => id)).toEqual([0, 1]);
  });

  const table = (flags: number): Content => ({
    kind: "file",
    base64: Buffer.concat([
      Buffer.from("DMAR"),
      Buffer.alloc(33),
      Buffer.from([flags]),
      Buffer.alloc(10),
    ]).toString("base64"),
  });
  const DMAR = "/sys/firmware/acpi/tables/DMAR";

  it.each([
    [0x01, false, false],
    [0x05, true, false],
    [0x09, false, true],
  ])("reads the flags %d of the DMAR table", (flags, optIn, forcedOff) => {
    expect(readIommu(readerOf({ [DMAR]: table(flags) })).dmar).toEqual(known({ optIn, forcedOff }));
  });

  it.each<[string, Content, boolean, RegExp]>([
    ["is too short", "x", true, /not at hand/],
    ["was recorded by its name alone", { kind: "file", size: 120 }, true, /not at hand/],
    ["takes root", { kind: "file", error: "EACCES" }, false, /needs root/],
  ])("does not know the flags of a table that %s", (_what, content, privileged, why) => {
    const { dmar } = readIommu(readerOf({ [DMAR]: content }, { privileged }));
    expect(dmar?.known === false ? dmar.why : "known").toMatch(why);
  });

  it("does not know the tables where they are hidden", () => {
    const reader = readerOf({ "/sys/firmware": { folder: true } });
    expect(readIommu(reader).firmwareTables).toEqual(unknown("/sys/firmware/acpi/tables is not there"));
  });

  it.each([
    ["processor\t: 0\nvendor_id\t: GenuineIntel\n", "intel"],
    ["processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: x\n", "amd"],
    ["vendor_id\t: CentaurHauls\n", "other"],
    ["processor\t: 0\nBogoMIPS\t: 50.00\n", "other"],
    ["model name\t: vendor_id : GenuineIntel\n", "other"],
  ])("reads the maker of the CPU from %j", (text, vendor) => {
    expect(readIommu(readerOf({ "/proc/cpuinfo": text })).cpuVendor).toEqual(known(vendor));
  });

  it("does not know the maker of the CPU without /proc", () => {
    expect(readIommu(readerOf({})).cpuVendor).toEqual(unknown("/proc/cpuinfo is not there"));
  });
});
