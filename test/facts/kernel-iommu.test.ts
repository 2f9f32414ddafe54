import { describe, expect, it } from "vitest";
import { readKernelIommus } from "../../src/facts/kernel-iommu.ts";
import { readerOf } from "../support/host.ts";

const CLOUD = "CONFIG_PCI=y\nCONFIG_INTEL_IOMMU=y\n# CONFIG_AMD_IOMMU is not set\n";

describe("readKernelIommus", () => {
  it.each(["/boot/config-1.2", "/usr/lib/modules/1.2/config"])("reads the drivers from %s", async (path) => {
    const found = await readKernelIommus(readerOf({ [path]: CLOUD }), ["1.2", "1.3"], "1.2");
    expect(found).toEqual({ "1.2": { drivers: ["intel"] } });
  });

  it("takes a file that is no configuration for none", async () => {
    expect(await readKernelIommus(readerOf({ "/boot/config-1.2": "x" }), ["1.2"], "1.2")).toEqual({});
  });

  it.each([
    ["/boot/System.map-6.18.1", "6.18.1", true],
    ["/usr/lib/modules/6.18.1/System.map", undefined, true],
    ["/proc/kallsyms", "6.18.1", true],
    ["/proc/kallsyms", "6.12.1", false],
  ])("looks for the new grouping in %s, where %s runs", async (path, running, there) => {
    const found = await readKernelIommus(
      readerOf({ [path]: "0 T pci_reachable_set\n" }),
      ["6.18.1"],
      running,
    );
    expect(found).toEqual(there ? { "6.18.1": { newGrouping: true } } : {});
  });
});
