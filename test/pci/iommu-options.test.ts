import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { makerSeen } from "../../src/pci/iommu-options.ts";

const hidden = unknown("a container hides them");

describe("whose IOMMU it is", () => {
  it.each([
    ["says the firmware's table, not the processor", { firmwareTables: known(["DMAR"]) }, "intel"],
    ["is nobody's where the firmware names none", { firmwareTables: known([]) }, undefined],
    [
      "say the kernel's units where no table is seen",
      { firmwareTables: hidden, units: "intel" as const },
      "intel",
    ],
    ["says the processor where nothing is seen", { firmwareTables: hidden }, "amd"],
  ])("%s", (_what, seen, maker) => {
    expect(makerSeen({ ...seen, cpuVendor: known("amd") })).toBe(maker);
  });
});
