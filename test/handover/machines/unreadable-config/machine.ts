import { EP, GOOD, LEP, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// A card that fell off the bus (all ones), one whose config cannot be read at all, and one without the file; groups are there.
function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on", patched: true });
  m.pci("0000:00:00.0", "8086:3e0f", "060000", { group: 0 });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 1 });
  m.pci("0000:00:01.0", "8086:1901", "060400", { type: RP, driver: "pcieport", group: 2 });
  m.pci("0000:01:00.0", "10de:1c82", "030000", {
    parent: "0000:00:01.0",
    type: LEP,
    multi: true,
    config: "ff",
    group: 2,
    bootVga: 0,
  });
  m.pci("0000:01:00.1", "10de:0fb9", "040300", {
    parent: "0000:00:01.0",
    type: EP,
    multi: true,
    config: "missing",
    group: 2,
  });
  m.pci("0000:00:1c.0", "8086:a338", "060400", {
    type: RP,
    acs: GOOD,
    multi: true,
    driver: "pcieport",
    group: 4,
  });
  m.pci("0000:03:00.0", "8086:1539", "020000", {
    parent: "0000:00:1c.0",
    type: EP,
    driver: "igb",
    group: 6,
    config: "user",
  });
  m.net("enp3s0", "0000:03:00.0");
  m.folder("/sys/bus/pci/devices/0000:04:00.0.d");
  return m;
}

export const machines: Machines = { root: machine };
