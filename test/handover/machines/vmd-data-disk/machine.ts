import { EP, GOOD, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// Laptop/desktop with Intel VMD on: NVMe drives are in domain 10000, below the VMD controller 00:0e.0. One holds /, the other is for a VM.
function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:00.0", "8086:a700", "060000", { group: 1 });
  m.pci("0000:00:02.0", "8086:a780", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 0 });
  m.pci("0000:00:0e.0", "8086:a77f", "010400", { type: RCIEP, driver: "vmd", module: "vmd", group: 8 });
  m.pci("0000:00:1f.6", "8086:1a1c", "020000", { driver: "e1000e", module: "e1000e", group: 10 });
  m.net("eno1", "0000:00:1f.6");
  m.pci("10000:e0:06.0", "8086:a74d", "060400", {
    type: RP,
    acs: GOOD,
    driver: "pcieport",
    group: 8,
    rootFolder: `${m.path("0000:00:0e.0")}/pci10000:e0`,
  });
  m.pci("10000:e0:1d.0", "8086:7ab0", "060400", {
    type: RP,
    acs: GOOD,
    driver: "pcieport",
    group: 8,
    rootFolder: `${m.path("0000:00:0e.0")}/pci10000:e0`,
  });
  m.pci("10000:e1:00.0", "144d:a80a", "010802", {
    parent: "10000:e0:06.0",
    type: EP,
    driver: "nvme",
    module: "nvme",
    group: 8,
    files: { reset_method: "flr bus\n" },
  });
  m.pci("10000:e2:00.0", "15b7:5030", "010802", {
    parent: "10000:e0:1d.0",
    type: EP,
    driver: "nvme",
    module: "nvme",
    group: 8,
    files: { reset_method: "flr bus\n" },
  });
  m.disk("nvme0n1p1", "10000:e1:00.0", "nvme/nvme0/nvme0n1");
  m.disk("nvme0n1p2", "10000:e1:00.0", "nvme/nvme0/nvme0n1");
  m.pci("0000:00:17.0", "8086:7a62", "010601", { driver: "ahci", module: "ahci", group: 11 });
  m.disk("sda1", "0000:00:17.0", "ata1/host0/target0:0:0/0:0:0:0/block/sda");
  m.disk("sda2", "0000:00:17.0", "ata1/host0/target0:0:0/0:0:0:0/block/sda");
  m.mounts(["/dev/sda2 / ext4 rw 0 0", "/dev/sda1 /boot/efi vfat rw 0 0"]);
  return m;
}

export const machines: Machines = { root: machine };
