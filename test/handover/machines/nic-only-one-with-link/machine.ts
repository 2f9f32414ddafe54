import { EP, GOOD, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// The host's bridge vmbr0 lies on eno1 (up); enp1s0 has no cable (down). The user gives eno1 away, by mistake of the port.
function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:00.0", "8086:3e0f", "060000", { group: 0 });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 1 });
  m.pci("0000:00:1c.0", "8086:a338", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 4 });
  m.pci("0000:00:1c.5", "8086:a33d", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 5 });
  m.pci("0000:02:00.0", "8086:125c", "020000", {
    parent: "0000:00:1c.0",
    type: EP,
    driver: "igc",
    module: "igc",
    group: 6,
    files: { reset_method: "flr\n" },
  });
  m.net("eno1", "0000:02:00.0");
  m.pci("0000:03:00.0", "8086:1533", "020000", {
    parent: "0000:00:1c.5",
    type: EP,
    driver: "igb",
    module: "igb",
    group: 7,
    files: { reset_method: "flr\n" },
  });
  m.net("enp3s0", "0000:03:00.0", "down");
  m.link(`${m.path("0000:02:00.0")}/net/eno1/master`, "/sys/devices/virtual/net/vmbr0");
  m.link("/sys/class/net/vmbr0", "/sys/devices/virtual/net/vmbr0");
  m.write("/sys/devices/virtual/net/vmbr0/operstate", "up\n");
  m.write(
    "/proc/net/route",
    "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\nvmbr0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
  );
  return m;
}

export const machines: Machines = { root: machine };
