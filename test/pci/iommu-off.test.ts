import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { whyNoGroups } from "../../src/pci/iommu-off.ts";
import { stateOf } from "./support/state.ts";

const DMAR = known(["DMAR"]);
const IVRS = known(["IVRS"]);
const needsRoot = unknown("reading /sys/firmware/acpi/tables needs root");

describe("whyNoGroups where the firmware announces no IOMMU", () => {
  const why = (cpuVendor: "intel" | "amd" | "other") =>
    whyNoGroups(stateOf({ firmwareTables: known([]), cpuVendor: known(cpuVendor), cmdline: "quiet" }));

  it.each([
    ["intel", "VT-d"],
    ["amd", "AMD-Vi (IOMMU)"],
    ["other", "VT-d or AMD-Vi (IOMMU)"],
  ] as const)("calls the BIOS switch of %s by its name", (cpuVendor, name) => {
    expect(why(cpuVendor)).toBe(
      `the firmware announces no IOMMU (no DMAR or IVRS table): switch on ${name} in the BIOS; where it has no such switch, the processor or the board has none`,
    );
  });

  it("names the firmware and not an option, for the option could not help", () => {
    const state = stateOf({ firmwareTables: known([]), cmdline: "intel_iommu=off" });
    expect(whyNoGroups(state)).toMatch(/^the firmware announces no IOMMU/);
  });
});

describe("whyNoGroups where an option switches the IOMMU off", () => {
  it.each([
    ["Intel", DMAR, "quiet intel_iommu=off", "intel_iommu=off"],
    ["Intel, the last value", DMAR, "intel_iommu=on intel_iommu=off", "intel_iommu=off"],
    ["Intel, among other values", DMAR, "intel_iommu=sm_on,off", "intel_iommu=sm_on,off"],
    ["Intel, generic", DMAR, "intel_iommu=on iommu=off", "iommu=off"],
    ["Intel, spelled with a dash", DMAR, "intel-iommu=off", "intel-iommu=off"],
    ["AMD", IVRS, "amd_iommu=off", "amd_iommu=off"],
    ["AMD, whatever follows", IVRS, "amd_iommu=off amd_iommu=on", "amd_iommu=off"],
    ["AMD, by its beginning, as the kernel reads it", IVRS, "amd_iommu=offline", "amd_iommu=offline"],
    ["AMD, generic", IVRS, "iommu=pt,off", "iommu=pt,off"],
    ["tables unknown", needsRoot, "amd_iommu=off", "amd_iommu=off"],
  ])("names it: %s", (_who, firmwareTables, cmdline, option) => {
    expect(whyNoGroups(stateOf({ firmwareTables, cmdline }))).toBe(
      `the kernel option ${option} switches the IOMMU off`,
    );
  });

  it.each([
    ["the other maker's option", IVRS, "intel_iommu=off"],
    ["the other maker's option", DMAR, "intel_iommu=on amd_iommu=off"],
    ["a value that a later one undoes", DMAR, "intel_iommu=off intel_iommu=on"],
    ["what follows --, which is for init", IVRS, "quiet -- iommu=off"],
    ["a part of a value", IVRS, "amd_iommu=not-off"],
    ["a value that a later word undoes", DMAR, "intel_iommu=off,on"],
  ])("does not blame %s", (_what, firmwareTables, cmdline) => {
    expect(whyNoGroups(stateOf({ firmwareTables, cmdline }))).not.toMatch(/switches/);
  });

  it("goes by the processor where the tables are unknown", () => {
    const state = { firmwareTables: needsRoot, cpuVendor: known("amd" as const), cmdline: "intel_iommu=off" };
    expect(whyNoGroups(stateOf(state))).not.toMatch(/switches/);
  });
});

describe("whyNoGroups where nothing switches the IOMMU off", () => {
  it("misses intel_iommu=on on an Intel host", () => {
    expect(whyNoGroups(stateOf({ firmwareTables: DMAR, cmdline: "quiet intel_iommu=igfx_off" }))).toBe(
      "the kernel runs without an IOMMU although the firmware announces one (DMAR table): " +
        "the kernel option intel_iommu=on is missing",
    );
  });

  it.each([
    ["an Intel host that has the option", DMAR, "intel_iommu=on"],
    ["an AMD host, which needs no option", IVRS, "quiet"],
  ])("sends to the boot log on %s", (_host, firmwareTables, cmdline) => {
    expect(whyNoGroups(stateOf({ firmwareTables, cmdline }))).toMatch(/boot log \(dmesg \| grep -i iommu\)$/);
  });

  it("says that the options of this boot are unknown", () => {
    expect(whyNoGroups(stateOf({ firmwareTables: DMAR }))).toMatch(
      /; its options are unknown: there is no \/proc\/cmdline$/,
    );
  });

  it("says what it takes to see the firmware's tables", () => {
    expect(whyNoGroups(stateOf({ firmwareTables: needsRoot, cmdline: "quiet" }))).toBe(
      "the kernel runs without an IOMMU, and whether the firmware announces one is unknown: " +
        "reading /sys/firmware/acpi/tables needs root",
    );
  });
});
