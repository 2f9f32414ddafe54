import { Machine, RCIEP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

function intel(): Machine {
  const m = new Machine({ patched: true });
  m.pci("0000:00:00.0", "8086:3e0f", "060000");
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1 });
  return m;
}

function amd(): Machine {
  const m = new Machine({ cpu: "AuthenticAMD", tables: ["IVRS"], options: "iommu=pt", patched: true });
  m.pci("0000:00:00.0", "1022:1480", "060000", { group: 0 });
  m.pci("0000:00:00.2", "1022:1481", "080600");
  return m;
}

export const machines: Machines = { root: intel, amd };
