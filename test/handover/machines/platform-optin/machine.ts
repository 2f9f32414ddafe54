import { GOOD, LEP, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// Laptop whose firmware opts in to DMA protection: Linux forces the IOMMU on, also with iommu=off on the line. The groups of this boot show it.
function machine(): Machine {
  const m = new Machine({ options: "iommu=off", patched: true });
  m.pci("0000:00:00.0", "8086:9a14", "060000", { group: 1 });
  m.pci("0000:00:02.0", "8086:9a49", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 0 });
  m.pci("0000:00:06.0", "8086:9a09", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 2 });
  m.pci("0000:01:00.0", "10de:2520", "030000", {
    parent: "0000:00:06.0",
    type: LEP,
    driver: "nvidia",
    module: "nvidia",
    bootVga: 0,
    group: 3,
    files: { reset_method: "flr bus\n" },
  });
  return m;
}

export const machines: Machines = { root: machine };
