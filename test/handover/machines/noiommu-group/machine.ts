import { EP, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// VT-d off in the firmware, DPDK-like enable_unsafe_noiommu_mode=1: vfio makes a group without any IOMMU.
function machine(): Machine {
  const m = new Machine({
    cpu: "GenuineIntel",
    tables: [],
    cmdline: "BOOT_IMAGE=/boot/vmlinuz-6.8.12-8-pve root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 ro quiet",
  });
  m.pci("0000:00:00.0", "8086:3ec2", "060000");
  m.pci("0000:00:01.0", "8086:1901", "060400", { type: RP, driver: "pcieport" });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { driver: "i915", module: "i915", bootVga: 1, type: RCIEP });
  m.pci("0000:01:00.0", "8086:1572", "020000", {
    parent: "0000:00:01.0",
    type: EP,
    multi: true,
    driver: "vfio-pci",
    module: "vfio_pci",
    group: 0,
  });
  m.pci("0000:01:00.1", "8086:1572", "020000", {
    parent: "0000:00:01.0",
    type: EP,
    multi: true,
    driver: "i40e",
    module: "i40e",
  });
  m.pci("0000:00:1f.6", "8086:15bc", "020000", { driver: "e1000e", module: "e1000e" });
  m.net("eno1", "0000:00:1f.6");
  m.write("/sys/kernel/iommu_groups/0/name", "vfio-noiommu\n");
  m.write("/sys/kernel/iommu_groups/0/type", "unknown\n");
  m.write("/sys/kernel/iommu_groups/0/reserved_regions", "");
  m.write("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n");
  m.write("/dev/vfio/noiommu-0", "");
  return m;
}

export const machines: Machines = { root: machine };
