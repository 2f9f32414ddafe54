import { describe, expect, it } from "vitest";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import type { Capture } from "../../../src/host/capture.ts";
import { known } from "../../../src/facts/fact.ts";
import type { IommuGroup, PciDevice } from "../../../src/model/index.ts";
import { readIommu } from "../../../src/facts/iommu.ts";
import { readRunning } from "../../../src/facts/running.ts";
import { readPciDevices } from "../../../src/pci/devices.ts";
import { predictGroups } from "../../../src/pci/grouping/predict.ts";
import type { GroupingFacts } from "../../../src/pci/grouping/situation.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";
import { BOARDS } from "../support/boards.ts";
import { partition } from "./support/cases.ts";

function factsOf(capture: Capture): GroupingFacts {
  const reader = new LinkReader(new CaptureTree(capture));
  const devices = readPciDevices(reader);
  if (!devices.known) throw new Error(devices.why);
  return { devices: devices.value, iommu: readIommu(reader), running: readRunning(reader) };
}

function presentLine({ running }: GroupingFacts): string {
  if (!running.cmdline.known) throw new Error(running.cmdline.why);
  return running.cmdline.value;
}

describe("a recorded host", () => {
  it("pop-x570 is predicted to have its cards parted by the override, as the recorded reboot then showed", () => {
    const facts = factsOf(recordedHost("pop-x570").capture);
    const { groups } = predictGroups(facts, {
      options: `${presentLine(facts)} pcie_acs_override=downstream`,
      acsOverride: "assume",
      kernelRelease: "5.3.0-acso",
    });
    expect(partition(groups)).toEqual(
      expect.arrayContaining(["0000:0c:00.0", "0000:0c:00.1", "0000:0d:00.0 0000:0d:00.1"]),
    );
  });
});

describe("a board of which only its stock groups are known", () => {
  const facts = (devices: readonly PciDevice[], groups: readonly IommuGroup[]): GroupingFacts => ({
    devices,
    iommu: { groups: known(groups), firmwareTables: known(["DMAR"]), cpuVendor: known("intel") },
    running: { release: known("6.1.192"), cmdline: known("intel_iommu=on") },
  });

  it.each(BOARDS)("is guessed with the override: $about", ({ devices, groups }) => {
    const prediction = predictGroups(facts(devices, groups.stock), {
      options: "intel_iommu=on pcie_acs_override=downstream",
      acsOverride: "assume",
    });
    expect(partition(prediction.groups)).toEqual(partition(groups.downstreamOverride));
  });
});
