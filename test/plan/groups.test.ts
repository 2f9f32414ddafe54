import { describe, expect, it } from "vitest";
import { treeLines } from "../../src/cli/views/pci-tree.ts";
import { PLAIN } from "../../src/cli/style.ts";
import { written } from "../../src/cli/terminal-text.ts";
import { known } from "../../src/facts/fact.ts";
import type { HostState } from "../../src/model/index.ts";
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

describe("the tree of devices", () => {
  it("marks the bridge to conventional PCI that keeps together what is behind it", async () => {
    const { report } = await asked(host("t17-pcie-pci-bridge", "none"));
    const tree = written(treeLines(report.devices.known ? report.devices.value : [], report, PLAIN));
    const bridge = tree.split("\n").find((line) => line.includes("] 01:00.0"));
    expect(bridge).toContain("! everything behind it speaks with its id");
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
