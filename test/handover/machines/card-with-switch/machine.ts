import { DP, EP, GOOD, Machine, RP, UP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// A dual-GPU compute card: PLX switch on the card, its downstream ports without ACS; host wants one half, VM the other. And AMD Navi with its own on-card switch beside.
function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:00.0", "8086:2f00", "060000", { group: 0 });
  m.pci("0000:05:00.0", "1a03:2000", "030000", { driver: "ast", bootVga: 1, group: 30 });
  m.pci("0000:00:02.0", "8086:2f04", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 1 });
  m.pci("0000:01:00.0", "10b5:8747", "060400", {
    parent: "0000:00:02.0",
    type: UP,
    driver: "pcieport",
    group: 20,
  });
  m.pci("0000:02:08.0", "10b5:8747", "060400", {
    parent: "0000:01:00.0",
    type: DP,
    driver: "pcieport",
    group: 21,
  });
  m.pci("0000:02:10.0", "10b5:8747", "060400", {
    parent: "0000:01:00.0",
    type: DP,
    driver: "pcieport",
    group: 22,
  });
  m.pci("0000:03:00.0", "10de:102d", "030200", {
    parent: "0000:02:08.0",
    type: EP,
    driver: "nvidia",
    module: "nvidia",
    group: 21,
    files: { reset_method: "bus\n" },
  });
  m.pci("0000:04:00.0", "10de:102d", "030200", {
    parent: "0000:02:10.0",
    type: EP,
    driver: "nvidia",
    module: "nvidia",
    group: 22,
    files: { reset_method: "bus\n" },
  });
  m.pci("0000:00:1f.6", "8086:15bc", "020000", { driver: "e1000e", module: "e1000e", group: 4 });
  m.net("eno1", "0000:00:1f.6");
  return m;
}

export const machines: Machines = { root: machine };
