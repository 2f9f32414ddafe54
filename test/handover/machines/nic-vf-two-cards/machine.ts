import { EP, GOOD, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:00.0", "8086:3e0f", "060000", { group: 0 });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 1 });
  m.pci("0000:00:01.0", "8086:1901", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 2 });
  m.pci("0000:01:00.0", "15b3:1015", "020000", {
    parent: "0000:00:01.0",
    type: EP,
    multi: true,
    driver: "mlx5_core",
    module: "mlx5_core",
    group: 3,
    files: { sriov_numvfs: "2\n", reset_method: "flr bus\n" },
  });
  m.pci("0000:01:00.1", "15b3:1015", "020000", {
    parent: "0000:00:01.0",
    type: EP,
    multi: true,
    driver: "mlx5_core",
    module: "mlx5_core",
    group: 3,
    files: { reset_method: "flr bus\n" },
  });
  m.pci("0000:01:00.2", "15b3:1016", "020000", {
    parent: "0000:00:01.0",
    type: EP,
    driver: "mlx5_core",
    module: "mlx5_core",
    group: 20,
    physfn: "0000:01:00.0",
    files: { reset_method: "flr\n" },
  });
  m.pci("0000:01:00.3", "15b3:1016", "020000", {
    parent: "0000:00:01.0",
    type: EP,
    driver: "mlx5_core",
    module: "mlx5_core",
    group: 21,
    physfn: "0000:01:00.0",
    files: { reset_method: "flr\n" },
  });
  m.net("enp1s0f0np0", "0000:01:00.0");
  m.net("enp1s0f1np1", "0000:01:00.1", "down");
  m.net("enp1s0f0v0", "0000:01:00.2");
  m.net("enp1s0f0v1", "0000:01:00.3");
  m.pci("0000:00:1f.6", "8086:15bc", "020000", { driver: "e1000e", module: "e1000e", group: 9 });
  m.net("eno1", "0000:00:1f.6", "down");
  return m;
}

export const machines: Machines = { root: machine };
