import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import type { IommuFacts, MachineFacts, RunsOn } from "../../src/model/index.ts";
import { noIommuHere } from "../../src/pci/no-iommu.ts";

type Processor = "x86" | "arm" | "riscv" | "other";

function ask(
  tables: readonly string[] | undefined,
  runsOn: RunsOn,
  processor: Processor = "x86",
  deviceTree = false,
) {
  const machine: MachineFacts = {
    processor: known(processor),
    runsOn: known(runsOn),
    deviceTree: known(deviceTree),
  };
  const iommu: IommuFacts = {
    groups: known([]),
    firmwareTables: tables === undefined ? unknown("not there") : known(tables),
    cpuVendor: known("intel"),
    machine,
  };
  return noIommuHere(iommu);
}

const METAL: RunsOn = { kind: "metal" };
const guest = (hypervisor?: string): RunsOn => ({
  kind: "guest",
  ...(hypervisor !== undefined && { hypervisor }),
});

describe("why a machine has no IOMMU, and what to do", () => {
  it.each<[string, ReturnType<typeof ask>, RegExp, RegExp, boolean]>([
    [
      "x86",
      ask([], METAL),
      /no DMAR or IVRS table/,
      /VT-d in the BIOS.*processor or the board has none/,
      false,
    ],
    ["Arm without SMMU", ask([], METAL, "arm"), /no IORT table/, /switch the SMMU on/, false],
    ["Arm with IORT", ask(["IORT"], METAL, "arm"), /IORT table/, /CONFIG_ARM_SMMU_V3/, true],
    ["RISC-V", ask([], METAL, "riscv"), /no RIMT table/, /update the firmware/, false],
    ["a device tree", ask(undefined, METAL, "arm", true), /device tree/, /iommu-map/, true],
    ["VIOT", ask(["VIOT"], guest("QEMU")), /virtio-iommu/, /CONFIG_VIRTIO_IOMMU/, true],
    [
      "Xen's first system",
      ask(["XMAR"], { kind: "xen-dom0" }),
      /Xen .* keeps the IOMMU/,
      /VFIO is not the means/,
      false,
    ],
    ["Xen with AMD's table", ask(["IVRS"], { kind: "xen-dom0" }), /Xen/, /xen-pciback/, false],
    ["a guest of QEMU", ask([], guest("QEMU")), /guest of QEMU/, /-device intel-iommu/, false],
    ["a guest of VMware", ask([], guest("VMware")), /guest of VMware/, /vvtd/, false],
    ["a guest of Hyper-V", ask([], guest("Hyper-V")), /guest of Hyper-V/, /another machine/, false],
    ["a guest of somebody", ask([], guest()), /guest of a hypervisor/, /vIOMMU/, false],
    [
      "an Arm guest, whose IORT is there for its interrupts",
      ask(["IORT"], guest("QEMU"), "arm"),
      /guest of QEMU/,
      /iommu=smmuv3/,
      false,
    ],
    ["a guest without ACPI", ask(undefined, guest("Xen")), /guest of Xen/, /vIOMMU/, false],
    ["an Arm guest", ask([], guest("QEMU"), "arm"), /guest of QEMU/, /virtio-iommu/, false],
  ])("fits %s", (_what, found, cause, remedy, doubtful) => {
    expect(found?.cause).toMatch(cause);
    expect(found?.remedy).toMatch(remedy);
    expect(found?.doubtful === true).toBe(doubtful);
  });

  it.each([[["DMAR"]], [["IVRS"]]])("is not asked of the machine where there is %j", (tables) => {
    expect(ask(tables, METAL)).toBeUndefined();
  });
});
