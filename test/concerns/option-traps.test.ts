import { describe, expect, it } from "vitest";
import { trapsOf } from "../../src/concerns/option-traps.ts";
import { codes, patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

describe("an option that is no use", () => {
  it.each([
    ["pcie_acs_override=downstream;multifunction", undefined, "ignores the rest"],
    ["pcie_acs_override=DOWNSTREAM", undefined, 'silently ignores "DOWNSTREAM"'],
    ["pcie_acs_override=downstream,multi", undefined, 'silently ignores "multi"'],
    ["pcie-acs-override=id:0x10de:0x2206", undefined, "misreads"],
    ["pcie_acs_override=id:10de:2206:1043:87d0", undefined, "misreads"],
    [`pcie_acs_override=${Array<string>(16).fill("id:10de:2206").join(",")}`, undefined, "keeps 15 ids"],
    ["pcie_acs_override", undefined, 'silently ignores ""'],
    ["pci_acs_override=downstream", undefined, "no kernel knows"],
    ["amd_iommu=on", "amd", "does nothing"],
    ["amd_iommu=on", undefined, "does nothing"],
    ["amd_iommu=pt", "intel", "on an Intel machine"],
    ["intel_iommu=on", "amd", "on an AMD machine"],
    ["video=efifb:off", undefined, "since Linux 5.15"],
    ["rd.driver.pre=vfio-pci,vfio_virqfd", undefined, "since Linux 6.2"],
  ] as const)("%s (CPU: %s) is told: %s", (spelling, vendor, words) => {
    const [trap, ...more] = trapsOf(spelling, vendor);
    expect(trap?.summary).toContain(words);
    expect(trap?.hint).not.toBe("");
    expect(more).toEqual([]);
  });

  it.each([
    ["pcie_acs_override=downstream,multifunction", undefined],
    ["pcie_acs_override=id:10de:2206,id:1002:731F", undefined],
    [`pcie_acs_override=${Array<string>(15).fill("id:10de:2206").join(",")}`, undefined],
    ["amd_iommu=force_enable", "amd"],
    ["intel_iommu=on", "intel"],
    ["intel_iommu=on", undefined],
    ["iommu=pt", "amd"],
    ["video=1024x768", undefined],
    ["rd.driver.pre=vfio-pci", undefined],
  ] as const)("is not %s (CPU: %s)", (spelling, vendor) => {
    expect(trapsOf(spelling, vendor)).toEqual([]);
  });

  it("is a warning at its place in the spec, and judged by the host's own processor", async () => {
    const { capture } = recordedHost("pop-x570");
    const plan = await planOf(capture, { kernelOptions: { present: ["a", "intel_iommu=on"] } });
    const found = plan.diagnostics.filter(({ code }) => code === "option-trap");
    expect(found.map(({ severity, specPath }) => [severity, specPath])).toEqual([
      ["warning", ["kernelOptions", "present", 1]],
    ]);
    const intel = patched(capture, { "/proc/cpuinfo": "vendor_id\t: GenuineIntel\n" });
    expect(
      codes(await planOf(intel, { kernelOptions: { present: ["a", "intel_iommu=on"] } }), "warning"),
    ).not.toContain("option-trap");
  });
});
