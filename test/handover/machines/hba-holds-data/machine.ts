import { EP, GOOD, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// / on SATA (AHCI), but /home and swap and the VM store lie on the HBA that goes to the VM.
function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:00.0", "8086:3e0f", "060000", { group: 0 });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 1 });
  m.pci("0000:00:17.0", "8086:a352", "010601", { driver: "ahci", module: "ahci", group: 2 });
  m.pci("0000:00:1f.6", "8086:15bc", "020000", { driver: "e1000e", module: "e1000e", group: 7 });
  m.net("eno1", "0000:00:1f.6");
  m.pci("0000:00:1b.0", "8086:a340", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 3 });
  m.pci("0000:01:00.0", "1000:0072", "010700", {
    parent: "0000:00:1b.0",
    type: EP,
    driver: "mpt3sas",
    module: "mpt3sas",
    group: 5,
    files: { reset_method: "flr bus\n" },
  });
  m.disk("sda1", "0000:00:17.0", "ata1/host0/target0:0:0/0:0:0:0/block/sda");
  m.disk("sda2", "0000:00:17.0", "ata1/host0/target0:0:0/0:0:0:0/block/sda");
  m.disk("sdb1", "0000:01:00.0", "host8/port-8:0/end_device-8:0/target8:0:0/8:0:0:0/block/sdb");
  m.disk("sdb2", "0000:01:00.0", "host8/port-8:0/end_device-8:0/target8:0:0/8:0:0:0/block/sdb");
  m.disk("sdb3", "0000:01:00.0", "host8/port-8:0/end_device-8:0/target8:0:0/8:0:0:0/block/sdb");
  m.mounts([
    "/dev/sda2 / ext4 rw 0 0",
    "/dev/sda1 /boot/efi vfat rw 0 0",
    "/dev/sdb1 /home ext4 rw 0 0",
    "/dev/sdb2 /var/lib/vz ext4 rw 0 0",
  ]);
  m.write(
    "/proc/swaps",
    "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/sdb3                               partition\t8388604\t\t0\t\t-2\n",
  );
  return m;
}

export const machines: Machines = { root: machine };
