import { EP, LEP, Machine, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// Two cards below one CPU port pair without ACS; the user writes the GPU's own id into pcie_acs_override (seen often in threads).
function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:00.0", "8086:3e30", "060000", { group: 0 });
  m.pci("0000:00:01.0", "8086:1901", "060400", { type: RP, multi: true, driver: "pcieport", group: 1 });
  m.pci("0000:00:01.1", "8086:1905", "060400", { type: RP, multi: true, driver: "pcieport", group: 1 });
  m.pci("0000:01:00.0", "1002:731f", "030000", {
    parent: "0000:00:01.0",
    type: LEP,
    multi: true,
    driver: "amdgpu",
    module: "amdgpu",
    bootVga: 1,
    group: 1,
  });
  m.pci("0000:01:00.1", "1002:ab38", "040300", {
    parent: "0000:00:01.0",
    type: EP,
    multi: true,
    driver: "snd_hda_intel",
    group: 1,
  });
  m.pci("0000:02:00.0", "10de:2206", "030000", {
    parent: "0000:00:01.1",
    type: LEP,
    multi: true,
    driver: "nouveau",
    module: "nouveau",
    bootVga: 0,
    group: 1,
  });
  m.pci("0000:02:00.1", "10de:1aef", "040300", {
    parent: "0000:00:01.1",
    type: EP,
    multi: true,
    driver: "snd_hda_intel",
    group: 1,
  });
  m.pci("0000:00:1f.6", "8086:15bc", "020000", { driver: "e1000e", module: "e1000e", group: 4 });
  m.net("eno1", "0000:00:1f.6");
  return m;
}

export const machines: Machines = { root: machine };
