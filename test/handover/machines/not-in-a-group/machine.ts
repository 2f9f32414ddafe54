import { EP, GOOD, LEP, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// Groups exist, but the card's root complex is outside of every DMAR unit (or device isolation is off for that segment): no group for it.
function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on", patched: true });
  m.pci("0000:00:00.0", "8086:3e0f", "060000", { group: 0 });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 1 });
  m.pci("0000:00:1f.6", "8086:15b8", "020000", { driver: "e1000e", group: 2 });
  m.net("eno1", "0000:00:1f.6");
  m.pci("0001:00:00.0", "8086:9a09", "060400", { type: RP, acs: GOOD, driver: "pcieport" });
  m.pci("0001:01:00.0", "10de:1c82", "030000", {
    parent: "0001:00:00.0",
    type: LEP,
    multi: true,
    driver: "nouveau",
    bootVga: 0,
    files: { reset_method: "bus\n" },
  });
  m.pci("0001:01:00.1", "10de:0fb9", "040300", {
    parent: "0001:00:00.0",
    type: EP,
    multi: true,
    driver: "snd_hda_intel",
    files: { reset_method: "bus\n" },
  });
  return m;
}

export const machines: Machines = { root: machine };
