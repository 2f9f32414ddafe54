import { describe, expect, it } from "vitest";
import { known } from "../../../src/facts/fact.ts";
import { readIommu } from "../../../src/facts/iommu.ts";
import { readRunning } from "../../../src/facts/running.ts";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import { inRealGroups, readPciDevices } from "../../../src/pci/devices.ts";
import { predictGroups } from "../../../src/pci/grouping/predict.ts";
import type { GroupingFacts } from "../../../src/pci/grouping/situation.ts";
import { recordedHosts } from "../../support/recorded-hosts.ts";
import { allCases, factsOf, partition } from "./support/cases.ts";

/** Options that should change something, were they obeyed. */
const LINES = [
  "",
  "iommu=off",
  "intel_iommu=off",
  "intel_iommu=off,on",
  "intel_iommu=on,off",
  "amd_iommu=off",
  "intel_iommu=on,igfx_off",
  "pcie_acs_override=downstream,multifunction",
  "pci=nommconf",
];

const recorded: readonly (readonly [string, GroupingFacts])[] = recordedHosts().flatMap(
  ({ name, capture }) => {
    const reader = new LinkReader(new CaptureTree(capture));
    const iommu = readIommu(reader);
    const devices = inRealGroups(readPciDevices(reader), iommu);
    return devices.known
      ? [[name, { devices: devices.value, iommu, running: readRunning(reader) }] as const]
      : [];
  },
);
const machines: readonly (readonly [string, GroupingFacts])[] = [
  ...recorded,
  ...allCases().flatMap((machine) =>
    machine.boots.map((boot) => [`${machine.topology} ${boot.name}`, factsOf(machine, boot)] as const),
  ),
];

describe("the very boot that runs", () => {
  it.each(LINES)("is never predicted for certain against the groups that it has: %s", (more) => {
    const wrong = machines.flatMap(([name, facts]) => {
      const { groups } = facts.iommu;
      if (!groups.known || groups.value.length === 0) return [];
      const line = facts.running.cmdline.known ? facts.running.cmdline.value : "";
      const options = `${line} ${more}`.trim();
      // Something overrules the option, or the kernel knows better: the groups are there all the same.
      const running = { release: known("7.3.4-test"), cmdline: known(options) };
      const iommu = {
        ...facts.iommu,
        dmar: known({ optIn: false, forcedOff: true }),
        kernels: { "7.3.4-test": { drivers: [] } },
      };
      const addresses = new Set(facts.devices.map(({ address }) => address));
      const present = groups.value.map(({ devices }) => ({
        devices: devices.filter((one) => addresses.has(one)),
      }));
      return (["assume", "absent"] as const).flatMap((acsOverride) => {
        const then = predictGroups({ ...facts, iommu, running }, { options, acsOverride });
        const same =
          partition(then.groups).join() === partition(present.filter((one) => one.devices.length > 0)).join();
        return then.confidence === "exact" && !same ? [`${name} ${acsOverride}`] : [];
      });
    });
    expect(wrong).toEqual([]);
  });
});
