import { describe, expect, it } from "vitest";
import { iommuKept } from "../../src/concerns/iommu-kept.ts";
import { outlookOf } from "../../src/concerns/outlook.ts";
import { known, unknown } from "../../src/facts/fact.ts";
import type { HostState, IommuFacts, NextBoot } from "../../src/model/index.ts";
import { pciDevice } from "../pci/support/device.ts";
import { stateOf } from "../pci/support/state.ts";

const LINE = "intel_iommu=on";

function host(iommu: Partial<IommuFacts>): HostState {
  const devices = [pciDevice({ address: "0000:00:02.0", config: known({}) })];
  const groups = known([{ id: 0, devices: ["0000:00:02.0"] }]);
  const base = stateOf({ devices, groups, firmwareTables: known(["DMAR"]), cmdline: LINE, ...iommu });
  return { ...base, running: { ...base.running, release: known("7.2.13") } };
}

function said(iommu: Partial<IommuFacts>, release: string, line = LINE): readonly string[] {
  const state = host(iommu);
  const after: NextBoot = {
    loader: "grub",
    release: known(release),
    kernel: "/boot/vmlinuz",
    initrd: "/boot/initrd.img",
    options: line,
    rule: "",
    fallback: unknown("none"),
  };
  const outlook = outlookOf(state, known(after), undefined, true);
  const spec = { apiVersion: "hostcfg/v1" as const };
  const { diagnostics = [] } = iommuKept({ spec, state, debs: [], kernels: [], installing: [], outlook });
  return diagnostics.map(({ code, summary, hint }) => `${code}: ${summary}\n${hint ?? ""}`);
}

const FORCED = { dmar: known({ optIn: false, forcedOff: true }) };

describe("an IOMMU that works now", () => {
  it.each<[string, Partial<IommuFacts>, string, RegExp]>([
    [
      "goes with Linux 7.3, which obeys the firmware",
      FORCED,
      "7.3.0",
      /the next one will not: the firmware tells.*\nstay with this kernel, or look in the firmware's settings/,
    ],
    [
      "may go where the table takes root",
      { dmar: unknown("reading it needs root") },
      "7.3.0",
      /not certain: .*needs root/,
    ],
    [
      "may go where the kernel's version is unknown",
      FORCED,
      "custom",
      /not certain: .*which kernel boots is unknown/,
    ],
    [
      "goes with a kernel without its driver",
      { kernels: { "7.2.14": { drivers: ["amd"] } } },
      "7.2.14",
      /CONFIG_INTEL_IOMMU\)\nstay with this kernel, or boot another kernel$/,
    ],
  ])("%s", (_what, iommu, release, summary) => {
    const [first, ...more] = said(iommu, release);
    expect(first).toMatch(/^iommu-lost: this boot uses the IOMMU/);
    expect(first).toMatch(summary);
    expect(more).toEqual([]);
  });

  it.each<[string, Partial<IommuFacts>, string, string]>([
    ["the kernel does not obey", FORCED, "7.2.14", LINE],
    ["the firmware does not say so", { dmar: known({ optIn: true, forcedOff: false }) }, "7.3.0", LINE],
    ["the spec wants it off", {}, "7.3.0", "intel_iommu=off"],
  ])("is not spoken of where %s", (_what, iommu, release, line) => {
    expect(said(iommu, release, line)).toEqual([]);
  });
});
