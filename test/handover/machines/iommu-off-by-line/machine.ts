import { EP, GOOD, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// The firmware announces an IOMMU, and nothing on the line switches it on.
function machine(): Machine {
  const m = new Machine({ patched: true });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1 });
  m.pci("0000:00:1b.0", "8086:a340", "060400", { type: RP, acs: GOOD, driver: "pcieport" });
  m.pci("0000:01:00.0", "10de:2206", "030000", {
    parent: "0000:00:1b.0",
    type: EP,
    driver: "nouveau",
    module: "nouveau",
    bootVga: 0,
    files: { reset_method: "flr\n" },
  });
  return m;
}

export const machines: Machines = { root: machine };
