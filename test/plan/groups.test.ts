import { describe, expect, it } from "vitest";
import { renderGroups } from "../../src/cli/views/groups.ts";
import { PLAIN } from "../../src/cli/style.ts";
import { known } from "../../src/facts/fact.ts";
import type { HostState } from "../../src/model/index.ts";
import type { GroupsFilter, GroupsReport } from "../../src/plan/groups.ts";
import { bootToPredict, groupsReport, sameDevice } from "../../src/plan/groups.ts";
import { overrideFor } from "../../src/plan/groups-override.ts";
import { caseNamed, factsOf } from "../pci/grouping/support/cases.ts";
import { stateOf } from "../pci/support/state.ts";
import { readerOf } from "../support/host.ts";

/** A machine as a tree with nothing but sys/ and proc/ shows it. */
function host(name: string, bootName: string, release?: string): HostState {
  const machine = caseNamed(name);
  const boot = machine.boots.find((one) => one.name === bootName);
  if (boot === undefined) throw new Error(`no boot ${bootName}`);
  const { devices, iommu, running } = factsOf(machine, boot);
  const state = stateOf({ devices, ...iommu });
  return {
    ...state,
    running: { ...state.running, ...running, release: known(release ?? boot.kernel) },
  };
}

async function asked(state: HostState, line?: string) {
  const boot = bootToPredict(state, line);
  const override = await overrideFor(readerOf({}), state, boot, "auto");
  return { override, report: groupsReport(state, { boot, ...override }) };
}

describe("a kernel of which no file tells whether it obeys the override", () => {
  it("is judged by the groups that it has made", async () => {
    const { override, report } = await asked(host("t15-nested-switch-noacs", "dsmf"));
    expect(override).toMatchObject({ acsOverride: "assume", acsOverrideProven: true });
    expect(report.predicted).toMatchObject({ known: true, confidence: "exact" });
    expect(report.predicted.known && report.predicted.groups.length).toBe(13);
  });

  it("is judged by its family, as a plan judges it", async () => {
    const line = "intel_iommu=on pcie_acs_override=downstream";
    const { override } = await asked(host("t02-noacs-rp", "none", "6.8.12-4-pve"), line);
    expect(override).toMatchObject({ acsOverride: "assume", acsOverrideProven: true });
  });

  it("leaves a prediction that depends on it less than exact", async () => {
    const line = "intel_iommu=on pcie_acs_override=downstream,multifunction";
    const { override, report } = await asked(host("t15-nested-switch-noacs", "none"), line);
    expect(override.acsOverrideProven).toBe(false);
    expect(report.predicted).toMatchObject({
      confidence: "likely",
      missing: ["whether the kernel carries the ACS override patch is unknown"],
    });
    const indifferent = await asked(host("t01-basic", "none"), line);
    expect(indifferent.report.predicted).toMatchObject({ confidence: "exact" });
  });
});

describe("the list of groups", () => {
  it("marks the bridge to conventional PCI that keeps together what is behind it", async () => {
    const { report } = await asked(host("t17-pcie-pci-bridge", "none"));
    const bridge = renderGroups(report, PLAIN)
      .split("\n")
      .find((line) => line.includes(" 01:00.0"));
    expect(bridge).toContain("! everything behind it speaks with its id");
  });
});

describe("a list of groups that concern some devices", () => {
  const list = (only: GroupsFilter, line?: string): GroupsReport => {
    const state = host("t09-two-gpus-one-group", "none");
    const boot = bootToPredict(state, line);
    const override = {
      acsOverride: "assume",
      acsOverrideEvidence: [],
      acsOverrideProven: true,
    } as const;
    return groupsReport(state, { boot, ...override, only });
  };
  const members = ({ current }: GroupsReport): readonly (readonly string[])[] =>
    current.known ? current.groups.map(({ devices }) => devices) : [];

  it("keeps the groups of a device whole, and no other", () => {
    const [group = [], ...others] = members(list({ device: "01:00" }));
    expect(others).toEqual([]);
    expect(group).toContain("0000:01:00.0");
    expect(group.length).toBeGreaterThan(1);
    expect(members(list({ device: "01:00.0" }))).toEqual([group]);
  });

  it("keeps those of each device of a class, by its name or digits", () => {
    const all = members(list({}));
    const bridges = members(list({ deviceClass: "bridge" }));
    expect(bridges.length).toBeGreaterThan(0);
    expect(bridges).toEqual(members(list({ deviceClass: "06" })));
    expect(all).toEqual(expect.arrayContaining([...bridges]));
    expect(members(list({ deviceClass: "nvme" }))).toEqual([]);
  });

  it("has where each member of them goes at the next boot, and names only their devices", () => {
    const { predicted, devices, ...report } = list(
      { device: "01:00" },
      "intel_iommu=on pcie_acs_override=downstream,multifunction",
    );
    const next = predicted.known ? predicted.groups.flatMap((group) => group.devices) : [];
    const shown = members({ ...report, predicted, devices }).flat();
    expect(shown.filter((one) => !next.includes(one))).toEqual([]);
    expect(devices.known ? devices.value.map(({ address }) => address).sort() : []).toEqual(
      [...shown].sort(),
    );
  });
});

describe("two words for devices", () => {
  it("mean the same device where one function is meant by both", () => {
    const state = host("t09-two-gpus-one-group", "none");
    expect(sameDevice(state, ["01:00.0", "01:00"])).toBe(true);
    expect(sameDevice(state, ["01:00.0", "0000:01:00.0"])).toBe(true);
    expect(sameDevice(state, ["01:00.0", "01:00.1"])).toBe(false);
  });
});
