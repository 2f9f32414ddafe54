import { EP, GOOD, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// Intel 300-series PCH: slot 00:1f holds LPC, the board's audio, SMBus, SPI and the I219 with the host's address; one group. A second NIC (down) is in a slot.
function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:00.0", "8086:3e0f", "060000", { group: 0 });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 1 });
  m.pci("0000:00:14.0", "8086:a36d", "0c0330", {
    multi: true,
    driver: "xhci_hcd",
    module: "xhci_pci",
    group: 3,
  });
  m.pci("0000:00:14.2", "8086:a36f", "050000", { multi: true, group: 3 });
  m.pci("0000:00:1f.0", "8086:a305", "060100", { multi: true, group: 8 });
  m.pci("0000:00:1f.3", "8086:a348", "040300", {
    multi: true,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
    group: 8,
    files: { reset_method: "pm\n" },
  });
  m.pci("0000:00:1f.4", "8086:a323", "0c0500", {
    multi: true,
    driver: "i801_smbus",
    module: "i2c_i801",
    group: 8,
    files: { reset_method: "" },
  });
  m.pci("0000:00:1f.5", "8086:a324", "0c8000", {
    multi: true,
    driver: "intel-spi",
    module: "spi_intel_pci",
    group: 8,
    files: { reset_method: "" },
  });
  m.pci("0000:00:1f.6", "8086:15bc", "020000", {
    multi: true,
    driver: "e1000e",
    module: "e1000e",
    group: 8,
    files: { reset_method: "flr pm\n" },
  });
  m.net("eno1", "0000:00:1f.6");
  m.pci("0000:00:1b.0", "8086:a340", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 9 });
  m.pci("0000:01:00.0", "8086:1533", "020000", {
    parent: "0000:00:1b.0",
    type: EP,
    driver: "igb",
    module: "igb",
    group: 10,
  });
  m.net("enp1s0", "0000:01:00.0", "down");
  return m;
}

export const machines: Machines = { root: machine };
