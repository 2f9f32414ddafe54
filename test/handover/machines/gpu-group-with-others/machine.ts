import { DP, EP, GOOD, LEP, Machine, RP, UP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// Chipset slot without ACS: GPU, NVMe (data) and USB card in one group; wifi and ethernet elsewhere. Only the GPU is bound.
function machine(): Machine {
  const m = new Machine({ cpu: "AuthenticAMD", tables: ["IVRS"], options: "iommu=pt", patched: true });
  m.pci("0000:00:00.0", "1022:1480", "060000", { group: 0 });
  m.pci("0000:00:00.2", "1022:1481", "080600");
  m.pci("0000:00:01.0", "1022:1482", "060000", { multi: true, group: 1 });
  m.pci("0000:00:01.2", "1022:1483", "060400", {
    type: RP,
    acs: GOOD,
    multi: true,
    driver: "pcieport",
    group: 2,
  });
  m.pci("0000:00:03.0", "1022:1482", "060000", { multi: true, group: 3 });
  m.pci("0000:00:03.1", "1022:1483", "060400", {
    type: RP,
    acs: GOOD,
    multi: true,
    driver: "pcieport",
    group: 4,
  });
  m.pci("0000:02:00.0", "1022:43ee", "0c0330", {
    parent: "0000:00:01.2",
    type: LEP,
    multi: true,
    driver: "xhci_hcd",
    module: "xhci_pci",
    group: 15,
  });
  m.pci("0000:02:00.1", "1022:43eb", "010601", {
    parent: "0000:00:01.2",
    type: LEP,
    multi: true,
    driver: "ahci",
    module: "ahci",
    group: 15,
  });
  m.pci("0000:02:00.2", "1022:43e9", "060400", {
    parent: "0000:00:01.2",
    type: UP,
    multi: true,
    driver: "pcieport",
    group: 15,
  });
  m.pci("0000:03:04.0", "1022:43ea", "060400", {
    parent: "0000:02:00.2",
    type: DP,
    acs: GOOD,
    driver: "pcieport",
    group: 15,
  });
  m.pci("0000:03:08.0", "1022:43ea", "060400", {
    parent: "0000:02:00.2",
    type: DP,
    acs: GOOD,
    driver: "pcieport",
    group: 15,
  });
  m.pci("0000:03:09.0", "1022:43ea", "060400", {
    parent: "0000:02:00.2",
    type: DP,
    acs: GOOD,
    driver: "pcieport",
    group: 15,
  });
  m.pci("0000:04:00.0", "1002:73ff", "030000", {
    parent: "0000:03:04.0",
    type: LEP,
    multi: true,
    driver: "amdgpu",
    module: "amdgpu",
    bootVga: 0,
    group: 15,
  });
  m.pci("0000:04:00.1", "1002:ab28", "040300", {
    parent: "0000:03:04.0",
    type: EP,
    multi: true,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
    group: 15,
  });
  m.pci("0000:05:00.0", "10ec:8125", "020000", {
    parent: "0000:03:08.0",
    type: EP,
    driver: "r8169",
    module: "r8169",
    group: 15,
  });
  m.net("enp5s0", "0000:05:00.0");
  m.pci("0000:06:00.0", "8086:2723", "028000", {
    parent: "0000:03:09.0",
    type: EP,
    driver: "iwlwifi",
    module: "iwlwifi",
    group: 15,
  });
  m.pci("0000:0a:00.0", "10de:1b80", "030000", {
    parent: "0000:00:03.1",
    type: LEP,
    multi: true,
    driver: "nvidia",
    module: "nvidia",
    bootVga: 1,
    group: 16,
  });
  m.pci("0000:0a:00.1", "10de:10f0", "040300", {
    parent: "0000:00:03.1",
    type: EP,
    multi: true,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
    group: 16,
  });
  return m;
}

export const machines: Machines = { root: machine };
