import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { currentGroups } from "../../src/pci/current-groups.ts";
import { BOARDS } from "./support/boards.ts";
import { stateOf } from "./support/state.ts";

describe("currentGroups", () => {
  it.each(BOARDS)("gives the groups of $about", ({ devices, groups }) => {
    const report = currentGroups(stateOf({ devices, groups: known(groups.stock) }));
    expect(report).toEqual({ known: true, groups: groups.stock });
  });

  it("orders groups by number and their members by address", () => {
    const groups = known([
      { id: 10, devices: ["0000:0c:00.1", "0000:0c:00.0"] },
      { id: 9, devices: ["0000:00:00.0"] },
    ]);
    expect(currentGroups(stateOf({ groups }))).toEqual({
      known: true,
      groups: [
        { id: 9, devices: ["0000:00:00.0"] },
        { id: 10, devices: ["0000:0c:00.0", "0000:0c:00.1"] },
      ],
    });
  });

  it("says what keeps the IOMMU off where there are no groups", () => {
    const state = stateOf({ groups: known([]), firmwareTables: known(["IVRS"]), cmdline: "amd_iommu=off" });
    expect(currentGroups(state)).toEqual({
      known: true,
      groups: [],
      why: "the kernel option amd_iommu=off switches the IOMMU off",
    });
  });

  it("says why the groups are not known", () => {
    expect(currentGroups(stateOf({ groups: unknown("there is no /sys/kernel") }))).toEqual({
      known: false,
      why: "there is no /sys/kernel",
    });
  });
});
