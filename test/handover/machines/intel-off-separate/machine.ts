import { EP, LEP, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// VT-d on in the firmware, kernel default off, no option; the user asks what would part the cards.
function machine(): Machine {
  const m = new Machine({ options: "", patched: true });
  m.pci("0000:00:00.0", "8086:3e30", "060000");
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1 });
  m.pci("0000:00:01.0", "8086:1901", "060400", { type: RP, multi: true, driver: "pcieport" });
  m.pci("0000:00:01.1", "8086:1905", "060400", { type: RP, multi: true, driver: "pcieport" });
  m.pci("0000:01:00.0", "1002:731f", "030000", {
    parent: "0000:00:01.0",
    type: LEP,
    driver: "amdgpu",
    module: "amdgpu",
    bootVga: 0,
  });
  m.pci("0000:02:00.0", "10de:2206", "030000", {
    parent: "0000:00:01.1",
    type: LEP,
    driver: "nouveau",
    module: "nouveau",
    bootVga: 0,
  });
  m.pci("0000:00:1b.0", "8086:a340", "060400", { type: RP, acs: [31, 0], driver: "pcieport" });
  m.pci("0000:03:00.0", "144d:a808", "010802", {
    parent: "0000:00:1b.0",
    type: EP,
    driver: "nvme",
    module: "nvme",
  });
  m.pci("0000:00:1f.6", "8086:15bc", "020000", { driver: "e1000e", module: "e1000e" });
  m.net("eno1", "0000:00:1f.6");
  return m;
}

export const machines: Machines = { root: machine };
