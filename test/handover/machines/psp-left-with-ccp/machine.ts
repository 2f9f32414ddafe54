import { EP, GOOD, LEP, Machine, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// Ryzen (Zen 1): the slot 0b:00 behind an internal bridge without ACS: dummy, PSP (ccp), USB; all in one group with the bridge and the host bridge.
function machine(): Machine {
  const m = new Machine({
    base: "proxmox-grub",
    cpu: "AuthenticAMD",
    tables: ["IVRS"],
    options: "iommu=pt",
    patched: true,
  });
  m.pci("0000:00:00.0", "1022:1450", "060000", { group: 0 });
  m.pci("0000:00:00.2", "1022:1451", "080600");
  m.pci("0000:00:01.0", "1022:1452", "060000", { multi: true, group: 1 });
  m.pci("0000:00:01.3", "1022:1453", "060400", {
    type: RP,
    acs: GOOD,
    multi: true,
    driver: "pcieport",
    group: 2,
  });
  m.pci("0000:00:03.0", "1022:1452", "060000", { multi: true, group: 3 });
  m.pci("0000:00:03.1", "1022:1453", "060400", {
    type: RP,
    acs: GOOD,
    multi: true,
    driver: "pcieport",
    group: 4,
  });
  m.pci("0000:00:07.0", "1022:1452", "060000", { multi: true, group: 5 });
  m.pci("0000:00:07.1", "1022:1454", "060400", { type: RP, multi: true, driver: "pcieport", group: 5 });
  m.pci("0000:02:00.0", "10ec:8168", "020000", {
    parent: "0000:00:01.3",
    type: EP,
    driver: "r8169",
    module: "r8169",
    group: 6,
  });
  m.net("enp2s0", "0000:02:00.0");
  m.pci("0000:0a:00.0", "10de:1b80", "030000", {
    parent: "0000:00:03.1",
    type: LEP,
    multi: true,
    driver: "nouveau",
    module: "nouveau",
    bootVga: 1,
    group: 7,
  });
  m.pci("0000:0a:00.1", "10de:10f0", "040300", {
    parent: "0000:00:03.1",
    type: EP,
    multi: true,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
    group: 7,
  });
  m.pci("0000:0b:00.0", "1022:145a", "130000", { parent: "0000:00:07.1", type: EP, multi: true, group: 5 });
  m.pci("0000:0b:00.2", "1022:1456", "108000", {
    parent: "0000:00:07.1",
    type: EP,
    multi: true,
    driver: "ccp",
    module: "ccp",
    group: 5,
    files: { reset_method: "" },
  });
  m.pci("0000:0b:00.3", "1022:145c", "0c0330", {
    parent: "0000:00:07.1",
    type: EP,
    multi: true,
    driver: "xhci_hcd",
    module: "xhci_pci",
    group: 5,
    files: { reset_method: "flr bus\n" },
  });
  return m;
}

export const machines: Machines = { root: machine };
