import { EP, GOOD, Machine, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// A guest with virtio-iommu (VIOT table): groups exist; nested passthrough of an emulated NVMe. No DMAR, no IVRS.
function machine(): Machine {
  const m = new Machine({ tables: ["VIOT"], options: "", patched: false });
  m.write("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisor\n");
  m.pci("0000:00:00.0", "8086:29c0", "060000", { group: 0 });
  m.pci("0000:00:01.0", "1234:1111", "030000", { driver: "bochs-drm", bootVga: 1, group: 1 });
  m.pci("0000:00:02.0", "1b36:000c", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 2 });
  m.pci("0000:01:00.0", "1b36:0010", "010802", {
    parent: "0000:00:02.0",
    type: EP,
    driver: "nvme",
    module: "nvme",
    group: 3,
    files: { reset_method: "flr\n" },
  });
  m.pci("0000:00:03.0", "1af4:1057", "080600", { driver: "virtio-pci" });
  m.pci("0000:00:04.0", "1af4:1041", "020000", { driver: "virtio-pci", group: 4 });
  m.net("ens4", "0000:00:04.0");
  return m;
}

export const machines: Machines = { root: machine };
