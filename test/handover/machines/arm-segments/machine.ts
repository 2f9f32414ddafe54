import { EP, GOOD, Machine, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// Ampere-like server: SMMUv3 by IORT, no DMAR or IVRS, seven PCI segments whose buses all start at 00; groups over 100; a platform device with a group.
function machine(): Machine {
  const m = new Machine({
    cpu: null,
    tables: ["GTDT", "IORT", "SPCR"],
    options: "iommu.passthrough=0",
    patched: true,
  });
  m.pci("0000:00:00.0", "1def:e100", "060000", { group: 97 });
  m.pci("0000:00:01.0", "1def:e101", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 98 });
  m.pci("0000:00:03.0", "1def:e101", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 99 });
  m.pci("0001:00:00.0", "1def:e100", "060000", { group: 100 });
  m.pci("0001:00:01.0", "1def:e101", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 101 });
  m.pci("0001:00:03.0", "1def:e101", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 102 });
  m.pci("0001:01:00.0", "10de:2235", "030200", {
    parent: "0001:00:01.0",
    type: EP,
    driver: "nvidia",
    module: "nvidia",
    group: 103,
    files: { reset_method: "bus\n" },
  });
  m.pci("0002:00:00.0", "1def:e100", "060000", { group: 104 });
  m.pci("0002:00:01.0", "1def:e101", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 105 });
  m.pci("0002:00:03.0", "1def:e101", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 106 });
  m.pci("0002:01:00.0", "10de:2235", "030200", {
    parent: "0002:00:01.0",
    type: EP,
    driver: "nvidia",
    module: "nvidia",
    group: 107,
    files: { reset_method: "bus\n" },
  });
  m.pci("0004:00:00.0", "1def:e100", "060000", { group: 108 });
  m.pci("0004:00:01.0", "1def:e101", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 109 });
  m.pci("0004:00:03.0", "1def:e101", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 110 });
  m.pci("000c:00:00.0", "1def:e100", "060000", { group: 111 });
  m.pci("000c:00:01.0", "1def:e101", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 112 });
  m.pci("000c:00:03.0", "1def:e101", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 113 });
  m.pci("0004:01:00.0", "15b3:1017", "020000", {
    parent: "0004:00:01.0",
    type: EP,
    multi: true,
    driver: "mlx5_core",
    module: "mlx5_core",
    group: 114,
  });
  m.pci("0004:01:00.1", "15b3:1017", "020000", {
    parent: "0004:00:01.0",
    type: EP,
    multi: true,
    driver: "mlx5_core",
    module: "mlx5_core",
    group: 115,
  });
  m.net("enP4p1s0f0np0", "0004:01:00.0");
  m.net("enP4p1s0f1np1", "0004:01:00.1", "down");
  m.pci("000c:01:00.0", "144d:a808", "010802", {
    parent: "000c:00:01.0",
    type: EP,
    driver: "nvme",
    module: "nvme",
    group: 116,
  });
  m.disk("nvme0n1p1", "000c:01:00.0", "nvme/nvme0/nvme0n1");
  m.disk("nvme0n1p2", "000c:01:00.0", "nvme/nvme0/nvme0n1");
  m.mounts(["/dev/nvme0n1p2 / ext4 rw 0 0", "/dev/nvme0n1p1 /boot/efi vfat rw 0 0"]);
  m.link("/sys/kernel/iommu_groups/117/devices/ARMH0011:00", "/sys/devices/platform/ARMH0011:00");
  m.write("/sys/kernel/iommu_groups/117/type", "DMA\n");
  return m;
}

export const machines: Machines = { root: machine };
