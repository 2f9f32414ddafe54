import { EP, GOOD, LEP, Machine, RP } from "../../support/machine.ts";
import type { Machines, PciOptions } from "../../support/machine.ts";

// HP ProLiant: an RMRR covers the HBA and the NIC, so the group's reserved_regions has a "direct" region.
function machine(hba: Pick<PciOptions, "driver" | "module">): Machine {
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:00.0", "8086:0e00", "060000", { group: 0 });
  m.pci("0000:00:03.0", "8086:0e08", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 1 });
  m.pci("0000:00:02.0", "8086:0e04", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 2 });
  m.pci("0000:01:00.0", "102b:0533", "030000", {
    driver: "mgag200",
    bootVga: 1,
    parent: "0000:00:02.0",
    type: LEP,
    group: 3,
  });
  m.pci("0000:03:00.0", "14e4:1657", "020000", {
    parent: "0000:00:02.0",
    type: EP,
    driver: "tg3",
    module: "tg3",
    group: 5,
  });
  m.net("eno1", "0000:03:00.0");
  m.pci("0000:04:00.0", "1000:0087", "010700", {
    parent: "0000:00:03.0",
    type: EP,
    ...hba,
    group: 14,
    files: { reset_method: "bus\n" },
  });
  m.write(
    "/sys/kernel/iommu_groups/14/reserved_regions",
    "0x00000000000e8000 0x00000000000e8fff direct\n0x00000000f4000000 0x00000000f47fffff direct\n0x00000000fee00000 0x00000000feefffff msi\n",
  );
  return m;
}

export const machines: Machines = {
  root: () => machine({ driver: "mpt3sas", module: "mpt3sas" }),
  bound: () => machine({ driver: "vfio-pci", module: "vfio_pci" }),
};
