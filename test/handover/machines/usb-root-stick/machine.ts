import { Machine, RCIEP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// /boot on a USB stick behind the chipset's controller; the user wants that controller in the VM. xhci_pci is built in (as on Arch and Fedora).
function machine(): Machine {
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:00.0", "8086:3e0f", "060000", { group: 0 });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 1 });
  m.pci("0000:00:14.0", "8086:a36d", "0c0330", {
    multi: true,
    driver: "xhci_hcd",
    group: 3,
    files: { reset_method: "pm\n" },
  });
  m.pci("0000:00:14.2", "8086:a36f", "050000", { multi: true, group: 3 });
  m.pci("0000:00:17.0", "8086:a352", "010601", { driver: "ahci", module: "ahci", group: 2 });
  m.disk("sdc1", "0000:00:14.0", "usb1/1-3/1-3:1.0/host4/target4:0:0/4:0:0:0/block/sdc");
  m.disk("sda2", "0000:00:17.0", "ata1/host0/target0:0:0/0:0:0:0/block/sda");
  m.mounts(["/dev/sda2 / ext4 rw 0 0", "/dev/sdc1 /boot vfat rw 0 0"]);
  m.write(`${m.path("0000:00:14.0")}/usb1/1-4/1-4:1.0/0003:046D:C31C.0001/input/input3/name`, "Keyboard\n");
  m.link(
    "/sys/class/input/input3",
    `${m.path("0000:00:14.0")}/usb1/1-4/1-4:1.0/0003:046D:C31C.0001/input/input3`,
  );
  m.net("enx00e04c680001", "0000:00:14.0");
  m.write(
    "/usr/lib/modules/6.8.12-4-pve/modules.builtin",
    "kernel/fs/ext4/ext4.ko\nkernel/drivers/usb/host/xhci-pci.ko\n",
  );
  m.write(
    "/usr/lib/modules/6.8.12-8-pve/modules.builtin",
    "kernel/fs/ext4/ext4.ko\nkernel/drivers/usb/host/xhci-pci.ko\n",
  );
  return m;
}

export const machines: Machines = { root: machine };
