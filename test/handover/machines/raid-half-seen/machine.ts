import { EP, GOOD, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// / is on a RAID of which sysfs shows one part only; /backup, a disk that the host can do without, is on the HBA.
function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 1 });
  m.pci("0000:00:17.0", "8086:a352", "010601", { driver: "ahci", module: "ahci", group: 2 });
  m.pci("0000:00:1b.0", "8086:a340", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 3 });
  m.pci("0000:01:00.0", "1077:2532", "0c0400", {
    parent: "0000:00:1b.0",
    type: EP,
    driver: "qla2xxx",
    module: "qla2xxx",
    group: 5,
    files: { reset_method: "flr bus\n" },
  });
  m.disk("sda1", "0000:00:17.0", "ata1/host0/target0:0:0/0:0:0:0/block/sda");
  m.disk("sdb1", "0000:01:00.0", "host8/rport-8:0-0/target8:0:0/8:0:0:0/block/sdb");
  m.link("/sys/class/block/md0", "/sys/devices/virtual/block/md0");
  for (const part of ["sda1", "sdc1"])
    m.link(`/sys/devices/virtual/block/md0/slaves/${part}`, `/sys/class/block/${part}`);
  m.write("/dev/md0", "");
  m.mounts(["/dev/md0 / ext4 rw 0 0", "/dev/sdb1 /backup ext4 rw 0 0"]);
  return m;
}

export const machines: Machines = { root: machine };
