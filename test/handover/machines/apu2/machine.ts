import { EP, Machine, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// PC Engines APU2 (GX-412TC): 00:02.0 dummy host bridge, 00:02.1-5 root ports without ACS; NICs and miniPCIe below.
function machine(): Machine {
  const m = new Machine({
    cpu: "AuthenticAMD",
    tables: ["IVRS"],
    options: "console=ttyS0,115200",
    patched: true,
  });
  m.pci("0000:00:00.0", "1022:1566", "060000", { group: 0 });
  m.pci("0000:00:00.2", "1022:1567", "080600");
  m.pci("0000:00:02.0", "1022:156b", "060000", { multi: true, group: 1 });
  m.pci("0000:00:02.2", "1022:1439", "060400", { type: RP, driver: "pcieport", group: 1 });
  m.pci("0000:00:02.3", "1022:1439", "060400", { type: RP, driver: "pcieport", group: 1 });
  m.pci("0000:00:02.4", "1022:1439", "060400", { type: RP, driver: "pcieport", group: 1 });
  m.pci("0000:00:02.5", "1022:1439", "060400", { type: RP, driver: "pcieport", group: 1 });
  m.pci("0000:01:00.0", "8086:157b", "020000", {
    parent: "0000:00:02.2",
    type: EP,
    driver: "igb",
    module: "igb",
    group: 1,
    files: { reset_method: "flr bus\n" },
  });
  m.net("enp1s0", "0000:01:00.0");
  m.pci("0000:02:00.0", "8086:157b", "020000", {
    parent: "0000:00:02.3",
    type: EP,
    driver: "igb",
    module: "igb",
    group: 1,
    files: { reset_method: "flr bus\n" },
  });
  m.net("enp2s0", "0000:02:00.0");
  m.pci("0000:03:00.0", "8086:157b", "020000", {
    parent: "0000:00:02.4",
    type: EP,
    driver: "igb",
    module: "igb",
    group: 1,
    files: { reset_method: "flr bus\n" },
  });
  m.net("enp3s0", "0000:03:00.0");
  m.pci("0000:04:00.0", "168c:003c", "028000", {
    parent: "0000:00:02.5",
    type: EP,
    driver: "ath10k_pci",
    module: "ath10k_pci",
    group: 1,
    files: { reset_method: "bus\n" },
  });
  m.pci("0000:00:10.0", "1022:7814", "0c0330", { driver: "xhci_hcd", module: "xhci_pci", group: 2 });
  m.pci("0000:00:14.0", "1022:780b", "0c0500", { multi: true, group: 5 });
  m.pci("0000:00:14.3", "1022:780e", "060100", { multi: true, group: 5 });
  return m;
}

export const machines: Machines = { root: machine };
