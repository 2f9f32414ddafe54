import { GOOD, LEP, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// A guide's line has an option that leaves interrupts unmapped: groups are there, and VFIO refuses all of them.
function machine(options: string): Machine {
  const m = new Machine({ options, patched: true });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 1 });
  m.pci("0000:00:01.0", "8086:1901", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 2 });
  m.pci("0000:01:00.0", "10de:2206", "030000", {
    parent: "0000:00:01.0",
    type: LEP,
    driver: "vfio-pci",
    module: "vfio_pci",
    bootVga: 0,
    group: 3,
    files: { reset_method: "flr\n" },
  });
  return m;
}

export const machines: Machines = {
  root: () => machine("intel_iommu=on intremap=off"),
  noapic: () => machine("intel_iommu=on noapic"),
  allowed: () => machine("intel_iommu=on intremap=off vfio_iommu_type1.allow_unsafe_interrupts=1"),
  "allowed-by-file": () => {
    const m = machine("intel_iommu=on intremap=off");
    m.write("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y\n");
    return m;
  },
};
