import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { groupsReport } from "../../src/pci/groups-report.ts";
import { BOARDS } from "./support/boards.ts";
import { stateOf } from "./support/state.ts";

describe("groupsReport", () => {
  it.each(BOARDS)("gives the groups and the devices of $about", ({ devices, groups }) => {
    const report = groupsReport(stateOf({ devices, groups: known(groups.stock) }));
    expect(report).toEqual({
      formatVersion: "1.0",
      current: { known: true, groups: groups.stock },
      devices: known(devices),
    });
  });

  it("orders groups by number and their members by address", () => {
    const groups = known([
      { id: 10, devices: ["0000:0c:00.1", "0000:0c:00.0"] },
      { id: 9, devices: ["0000:00:00.0"] },
    ]);
    expect(groupsReport(stateOf({ groups })).current).toEqual({
      known: true,
      groups: [
        { id: 9, devices: ["0000:00:00.0"] },
        { id: 10, devices: ["0000:0c:00.0", "0000:0c:00.1"] },
      ],
    });
  });

  it("says what keeps the IOMMU off where there are no groups", () => {
    const state = stateOf({ groups: known([]), firmwareTables: known(["IVRS"]), cmdline: "amd_iommu=off" });
    expect(groupsReport(state).current).toEqual({
      known: true,
      groups: [],
      why: "the kernel option amd_iommu=off switches the IOMMU off",
    });
  });

  it("says why the groups are not known", () => {
    expect(groupsReport(stateOf({ groups: unknown("there is no /sys/kernel") })).current).toEqual({
      known: false,
      why: "there is no /sys/kernel",
    });
  });

  it("says why the devices are not known", () => {
    const state = { ...stateOf({}), pci: unknown("there is no /sys/bus/pci/devices") };
    expect(groupsReport(state).devices).toEqual(unknown("there is no /sys/bus/pci/devices"));
  });
});
