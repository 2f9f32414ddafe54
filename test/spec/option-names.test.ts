import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { kernelWords } from "../../src/cmdline.ts";
import type { Diagnostic } from "../../src/model/index.ts";
import { bootToPredict } from "../../src/plan/groups.ts";
import { probe } from "../../src/plan/probe.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { OPTION_NAMES, nearOptionName } from "../../src/spec/option-names.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import { recordedHosts } from "../support/recorded-hosts.ts";

function findings(list: "present" | "absent", ...options: readonly string[]): readonly Diagnostic[] {
  const text = JSON.stringify({ apiVersion: "hostcfg/v1", kernelOptions: { [list]: options } });
  return parseSpec("host.yaml", Buffer.from(text)).diagnostics;
}

describe("the name of a kernel option", () => {
  it.each([
    ["pcie_acs_overide=downstream", "pcie_acs_override=downstream"],
    ["pice_acs_override=downstream", "pcie_acs_override=downstream"],
    ["vfio-pci.id=10de:2206", "vfio-pci.ids=10de:2206"],
    ["intel_iomu=on", "intel_iommu=on"],
    ["amd_iomu=off", "amd_iommu=off"],
    ["iomu=pt", "iommu=pt"],
    ["modprobe.blacklists=nouveau", "modprobe.blacklist=nouveau"],
    ["hugepage=8", "hugepages=8"],
    ["quit", "quiet"],
  ])("%s is warned about, and %s offered", (spelling, meant) => {
    const [found, ...more] = findings("present", spelling);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      severity: "warning",
      code: "option-misspelt",
      specPath: ["kernelOptions", "present", 0],
    });
    expect(found?.summary).toContain(spelling.split("=")[0]);
    expect(found?.hint).toContain(`did you mean ${meant}?`);
  });

  it.each([
    ["pci_acs_override=downstream", "no kernel knows"],
    ["iommu_pt", "no kernel knows"],
    ["vfio_iommu_type1=allow_unsafe_interrupts", "no kernel knows"],
    ["disable_vga=1", "a parameter of the module vfio-pci"],
    ["ignore_msrs=1", "a parameter of the module kvm"],
  ])("%s does nothing on any machine, and is told once: %s", (spelling, words) => {
    expect(findings("present", spelling)).toMatchObject([
      { severity: "warning", code: "option-trap", summary: expect.stringContaining(words) as string },
    ]);
  });

  it("that must be absent may be misspelt: somebody misspelt it on the line", () => {
    expect(findings("absent", "pcie_acs_overide", "iommu_pt")).toEqual([]);
  });

  it.each(OPTION_NAMES)("%s is right, with - and _ as the kernel reads them", (name) => {
    expect(nearOptionName(name)).toBeUndefined();
    expect(nearOptionName(name.replaceAll("-", "_"))).toBeUndefined();
  });

  it.each([
    "pti=on",
    "nosmt",
    "nointremap",
    "noresume",
    "amdgpu.dpm=1",
    "i915.enable_guc=2",
    "kvm_intel.ept=1",
  ])("%s is right, however like another one it is", (spelling) => {
    expect(findings("present", spelling)).toEqual([]);
  });
});

describe("no name is taken for a slip", () => {
  it.each(recordedHosts())("that is on a line of $name", async ({ capture }) => {
    const state = await probe(new LinkReader(new CaptureTree(capture)));
    const { options } = bootToPredict(state, undefined);
    const lines = [state.running.cmdline, options].flatMap((line) => (line.known ? [line.value] : []));
    const words = lines.flatMap(kernelWords);
    expect(words.length).toBeGreaterThan(1);
    const near = words.flatMap((word) => nearOptionName(word.replace(/=.*$/, "")) ?? []);
    expect(near).toEqual([]);
  });

  const specs = ["examples", ...readdirSync("test/hosts").map((name) => join("test/hosts", name))].flatMap(
    (folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith(".yaml"))
        .map((name) => join(folder, name)),
  );
  it.each(specs)("in %s", (path) => {
    const codes = parseSpec(path, readFileSync(path)).diagnostics.map(({ code }) => code);
    expect(codes).not.toContain("option-misspelt");
  });
});
