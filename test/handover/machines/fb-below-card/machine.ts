import { EP, GOOD, LEP, Machine, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// Linux 6.9 and later: the firmware's picture is a platform device BELOW the card (drivers/firmware/sysfb.c sets its
// parent). The old layout is that of earlier kernels.
function machine(layout: "new" | "old"): Machine {
  const m = new Machine({
    cpu: "AuthenticAMD",
    tables: ["IVRS"],
    options: "iommu=pt",
    patched: true,
    ...(layout === "old" ? { release: "6.8.12-8-pve" } : {}),
  });
  m.pci("0000:00:00.0", "1022:1480", "060000", { group: 0 });
  m.pci("0000:00:00.2", "1022:1481", "080600");
  m.pci("0000:00:01.0", "1022:1482", "060000", { multi: true, group: 1 });
  m.pci("0000:00:01.1", "1022:1483", "060400", {
    type: RP,
    acs: GOOD,
    multi: true,
    driver: "pcieport",
    group: 2,
  });
  m.pci("0000:00:08.1", "1022:1484", "060400", {
    type: RP,
    acs: GOOD,
    multi: true,
    driver: "pcieport",
    group: 3,
  });
  m.pci("0000:03:00.0", "10de:2684", "030000", {
    parent: "0000:00:01.1",
    type: LEP,
    multi: true,
    driver: "vfio-pci",
    module: "vfio_pci",
    bootVga: 1,
    group: 5,
    files: { reset_method: "flr bus\n" },
  });
  m.pci("0000:03:00.1", "10de:22ba", "040300", {
    parent: "0000:00:01.1",
    type: EP,
    multi: true,
    driver: "vfio-pci",
    module: "vfio_pci",
    group: 5,
    files: { reset_method: "flr bus\n" },
  });
  m.pci("0000:0a:00.0", "1002:164e", "030000", {
    parent: "0000:00:08.1",
    type: LEP,
    driver: "amdgpu",
    module: "amdgpu",
    bootVga: 0,
    group: 6,
  });
  m.pci("0000:00:14.0", "1022:790b", "0c0500", { group: 8 });
  const parent = layout === "old" ? "/sys/devices/platform" : m.path("0000:03:00.0");
  const picture = `${parent}/simple-framebuffer.0`;
  m.write(`${picture}/graphics/fb0/name`, "simpledrmdrmfb\n");
  m.link("/sys/class/graphics/fb0", `${picture}/graphics/fb0`);
  m.link(`${picture}/graphics/fb0/device`, picture);
  return m;
}

export const machines: Machines = { root: () => machine("new"), old: () => machine("old") };
