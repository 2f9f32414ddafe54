import { GOOD, LEP, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on", patched: true });
  m.pci("0000:00:00.0", "8086:3e0f", "060000", { group: 1 });
  m.pci("0000:00:02.0", "8086:3e92", "030000", {
    type: RCIEP,
    driver: "i915",
    module: "i915",
    bootVga: 0,
    group: 0,
    files: { reset_method: "flr\n" },
  });
  m.pci("0000:00:01.0", "8086:1901", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 2 });
  m.pci("0000:01:00.0", "10de:1c82", "030000", {
    parent: "0000:00:01.0",
    type: LEP,
    driver: "nouveau",
    module: "nouveau",
    bootVga: 1,
    group: 3,
  });
  m.pci("0000:00:1f.6", "8086:15b8", "020000", { driver: "e1000e", group: 4 });
  m.net("eno1", "0000:00:1f.6");
  return m;
}

export const machines: Machines = { root: machine };
