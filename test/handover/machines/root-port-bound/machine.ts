import { EP, LEP, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// "All devices of the group must be bound": the user names the root port too (an old misunderstanding that the Arch wiki warns of).
function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:00.0", "8086:3e30", "060000", { group: 0 });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 2 });
  m.pci("0000:00:01.0", "8086:1901", "060400", {
    type: RP,
    driver: "pcieport",
    group: 1,
    files: { reset_method: "pm\n" },
  });
  m.pci("0000:01:00.0", "10de:2206", "030000", {
    parent: "0000:00:01.0",
    type: LEP,
    multi: true,
    driver: "nouveau",
    module: "nouveau",
    bootVga: 0,
    group: 1,
    files: { reset_method: "bus\n" },
  });
  m.pci("0000:01:00.1", "10de:1aef", "040300", {
    parent: "0000:00:01.0",
    type: EP,
    multi: true,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
    group: 1,
    files: { reset_method: "bus\n" },
  });
  m.pci("0000:00:1f.6", "8086:15bc", "020000", { driver: "e1000e", module: "e1000e", group: 4 });
  m.net("eno1", "0000:00:1f.6");
  return m;
}

export const machines: Machines = { root: machine };
