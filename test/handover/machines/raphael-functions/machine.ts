import { EP, GOOD, LEP, Machine, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// AM5 (Raphael): slot 0c:00 holds iGPU, its audio, PSP, two USB controllers and the board's audio; each function has ACS and a group of its own.
function machine(): Machine {
  const m = new Machine({ cpu: "AuthenticAMD", tables: ["IVRS"], options: "iommu=pt", patched: true });
  m.pci("0000:00:00.0", "1022:14d8", "060000", { group: 0 });
  m.pci("0000:00:00.2", "1022:14d9", "080600");
  m.pci("0000:00:01.0", "1022:14da", "060000", { multi: true, group: 1 });
  m.pci("0000:00:01.1", "1022:14db", "060400", {
    type: RP,
    acs: GOOD,
    multi: true,
    driver: "pcieport",
    group: 2,
  });
  m.pci("0000:00:08.0", "1022:14da", "060000", { multi: true, group: 3 });
  m.pci("0000:00:08.1", "1022:14dd", "060400", {
    type: RP,
    acs: GOOD,
    multi: true,
    driver: "pcieport",
    group: 4,
  });
  m.pci("0000:01:00.0", "10de:2684", "030000", {
    parent: "0000:00:01.1",
    type: LEP,
    multi: true,
    driver: "nouveau",
    module: "nouveau",
    bootVga: 0,
    group: 5,
    files: { reset_method: "flr\n" },
  });
  m.pci("0000:01:00.1", "10de:22ba", "040300", {
    parent: "0000:00:01.1",
    type: EP,
    multi: true,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
    group: 5,
    files: { reset_method: "flr\n" },
  });
  m.pci("0000:0c:00.0", "1002:164e", "030000", {
    parent: "0000:00:08.1",
    type: LEP,
    acs: [0, 0],
    multi: true,
    driver: "amdgpu",
    module: "amdgpu",
    group: 20,
    bootVga: 1,
    files: { reset_method: "" },
  });
  m.pci("0000:0c:00.1", "1002:1640", "040300", {
    parent: "0000:00:08.1",
    type: EP,
    acs: [0, 0],
    multi: true,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
    group: 21,
    files: { reset_method: "" },
  });
  m.pci("0000:0c:00.2", "1022:1649", "108000", {
    parent: "0000:00:08.1",
    type: EP,
    acs: [0, 0],
    multi: true,
    driver: "ccp",
    module: "ccp",
    group: 22,
    files: { reset_method: "" },
  });
  m.pci("0000:0c:00.3", "1022:15b6", "0c0330", {
    parent: "0000:00:08.1",
    type: EP,
    acs: [0, 0],
    multi: true,
    driver: "xhci_hcd",
    module: "xhci_pci",
    group: 23,
    files: { reset_method: "flr\n" },
  });
  m.pci("0000:0c:00.4", "1022:15b7", "0c0330", {
    parent: "0000:00:08.1",
    type: EP,
    acs: [0, 0],
    multi: true,
    driver: "xhci_hcd",
    module: "xhci_pci",
    group: 24,
    files: { reset_method: "flr\n" },
  });
  m.pci("0000:0c:00.6", "1022:15e3", "040300", {
    parent: "0000:00:08.1",
    type: EP,
    acs: [0, 0],
    multi: true,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
    group: 25,
    files: { reset_method: "" },
  });
  return m;
}

export const machines: Machines = { root: machine };
