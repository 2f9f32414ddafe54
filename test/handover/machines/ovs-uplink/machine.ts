import { EP, GOOD, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// Open vSwitch: the default route is on vmbr0, an inner port, which has no master; enp3s0 has ovs-system as its master.
function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 1 });
  m.pci("0000:00:1f.6", "8086:15bc", "020000", { driver: "e1000e", module: "e1000e", group: 7 });
  m.net("eno1", "0000:00:1f.6");
  m.pci("0000:00:1c.0", "8086:a338", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 4 });
  m.pci("0000:03:00.0", "8086:1533", "020000", {
    parent: "0000:00:1c.0",
    type: EP,
    driver: "igb",
    module: "igb",
    group: 6,
    files: { reset_method: "flr\n" },
  });
  m.net("enp3s0", "0000:03:00.0");
  for (const name of ["ovs-system", "vmbr0"]) {
    m.link(`/sys/class/net/${name}`, `/sys/devices/virtual/net/${name}`);
    m.write(`/sys/devices/virtual/net/${name}/operstate`, "unknown\n");
  }
  m.link(`${m.path("0000:03:00.0")}/net/enp3s0/master`, "/sys/devices/virtual/net/ovs-system");
  m.write(
    "/proc/net/route",
    "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\nvmbr0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
  );
  return m;
}

export const machines: Machines = { root: machine };
