import { describe, expect, it } from "vitest";
import type { PciDevice } from "../../../src/model/index.ts";
import type { GroupsReport } from "../../../src/plan/groups.ts";
import type { Separation } from "../../../src/pci/explain/ways-apart.ts";
import { PLAIN } from "../../../src/cli/style.ts";
import { renderGroups } from "../../../src/cli/views/groups.ts";
import { expectGolden } from "../../support/golden.ts";

function device(address: string, more: Partial<PciDevice>): PciDevice {
  return {
    address,
    path: `/sys/devices/pci0000:00/${address}`,
    vendor: "1002",
    device: "731f",
    subsystemVendor: "1458",
    subsystemDevice: "2313",
    class: "030000",
    revision: "c4",
    names: {},
    config: { known: false, why: "the configuration space is not there" },
    ...more,
  };
}

const BRIDGE = device("0000:00:03.1", {
  class: "060400",
  vendor: "1022",
  device: "1483",
  driver: "pcieport",
});
const GPU = device("0000:0c:00.0", {
  driver: "amdgpu",
  bootVga: true,
  names: {
    vendor: "Advanced Micro Devices, Inc. [AMD/ATI]",
    device: "Navi 10",
    class: "VGA compatible controller",
  },
});
const AUDIO = device("0000:0c:00.1", { class: "040300", device: "ab38", revision: "00" });

const REPORT: GroupsReport = {
  formatVersion: "1.0",
  current: {
    known: true,
    groups: [
      { id: 7, devices: ["0000:00:03.1"] },
      { id: 30, devices: ["0000:0c:00.0", "0000:0c:00.1"] },
    ],
  },
  predicted: {
    known: true,
    options: "quiet amd_iommu=on",
    optionsFrom: "this boot's own line",
    acsOverride: "absent",
    acsOverrideEvidence: [],
    acsOverrideProven: true,
    confidence: "exact",
    missing: [],
    iommu: { state: "on", why: "this boot uses it" },
    groups: [
      { devices: ["0000:00:03.1"], reasons: [] },
      {
        devices: ["0000:0c:00.0", "0000:0c:00.1"],
        reasons: [
          {
            rule: "slot-mates",
            device: "0000:0c:00.1",
            joins: "0000:0c:00.0",
            judged: "0000:0c:00.1",
            no: { why: "no-acs-capability" },
            mateNo: { why: "acs-bits-off", missing: ["ReqRedir", "CmpltRedir"] },
          },
        ],
      },
    ],
    ungrouped: [],
  },
  devices: { known: true, value: [BRIDGE, GPU, AUDIO] },
};

const OTHERWISE: GroupsReport = {
  ...REPORT,
  predicted: {
    ...REPORT.predicted,
    known: true,
    options: "pcie_acs_override=downstream,multifunction",
    optionsFrom: "given with --options",
    acsOverride: "assume",
    acsOverrideEvidence: ["as --acs-override=assume says"],
    acsOverrideProven: true,
    confidence: "likely",
    missing: ["what the present kernel does with the option is unknown"],
    iommu: { state: "unknown", why: "no option says so" },
    groups: [
      { devices: ["0000:00:03.1"], reasons: [] },
      { devices: ["0000:0c:00.0"], reasons: [] },
    ],
    ungrouped: ["0000:0c:00.1"],
  },
};

describe("the groups as text", () => {
  it("shows group by group what is in it", () => {
    expectGolden("test/cli/golden/groups.txt", renderGroups(REPORT, PLAIN));
  });

  it("marks what goes into another group at the next boot", () => {
    expectGolden("test/cli/golden/groups-differ.txt", renderGroups(OTHERWISE, PLAIN));
  });

  it("answers why two devices are together, and what would part them", () => {
    const why = {
      a: "0000:0c:00.0",
      b: "0000:0c:00.1",
      together: true,
      reasons: [],
      sentences: ["0c:00.1 has no ACS capability, and so on"],
    };
    expectGolden("test/cli/golden/groups-why.txt", renderGroups({ ...REPORT, why }, PLAIN));
    const separate: Separation = {
      a: ["0000:0c:00.0"],
      b: ["0000:0c:00.1"],
      apart: false,
      outside: [],
      ways: [
        { kind: "slot", what: "move one of the cards", risk: "None." },
        {
          kind: "override",
          what: "boot with the override",
          risk: "Isolation is assumed.",
          predicted: {
            options: "pcie_acs_override=multifunction",
            groups: [["0000:0c:00.0"], ["0000:0c:00.1"]],
            alsoSplits: [["0000:01:00.0", "0000:01:00.1"]],
          },
        },
      ],
      inTheWay: [],
    };
    expectGolden("test/cli/golden/groups-separate.txt", renderGroups({ ...REPORT, separate }, PLAIN));
    const free = { ...separate, ways: [], outside: ["0000:0c:00.1"] };
    expect(renderGroups({ ...REPORT, separate: free }, PLAIN)).toContain("no IOMMU stands before 0c:00.1");
    const off = renderGroups({ ...REPORT, separate: { ...free, noGroups: "amd_iommu=off" } }, PLAIN);
    expect(off).toContain("nothing isolates 0c:00.0 and 0c:00.1:\n  amd_iommu=off");
    const stuck = { ...separate, ways: [], inTheWay: ["0c:00.1 is a conventional PCI device"] };
    expect(renderGroups({ ...REPORT, separate: stuck }, PLAIN)).toContain(
      "No option of the kernel can part them",
    );
  });

  it("lists the devices that no group holds", () => {
    const alone: GroupsReport = {
      ...REPORT,
      current: { known: true, groups: [{ id: 7, devices: ["0000:00:03.1"] }] },
      predicted: { known: false, why: "not in this test" },
    };
    const text = renderGroups(alone, PLAIN);
    expect(text).toContain("In no group\n  0c:00.0 VGA");
    expect(text).toContain("1 IOMMU group, 1 device in them; 2 devices in no group.\n");
  });

  it("says why there are no groups", () => {
    const off: GroupsReport = {
      ...REPORT,
      current: { known: true, groups: [], why: "VT-d is off in the BIOS" },
    };
    expect(renderGroups(off, PLAIN)).toContain("\nNo groups: VT-d is off in the BIOS\n");
  });

  it("says why the groups are unknown", () => {
    const unknown: GroupsReport = { ...REPORT, current: { known: false, why: "/sys is not there" } };
    expect(renderGroups(unknown, PLAIN)).toContain("IOMMU groups: unknown (/sys is not there)\n");
  });

  it("falls back to addresses where the devices are unknown", () => {
    const text = renderGroups({ ...REPORT, devices: { known: false, why: "no /sys/bus/pci" } }, PLAIN);
    expect(text).toContain("PCI devices: unknown (no /sys/bus/pci)\n");
    expect(text).toContain("Group 30\n  0000:0c:00.0  ! has ACS, but");
  });
});
