import { EP, GOOD, LEP, Machine, RCIEP, RP } from "../../support/machine.ts";
import type { Machines } from "../../support/machine.ts";

// What most people have: the host on NVMe and its own display, the second card on a root port with a picture of its own
// driver, an adapter with nothing of the host on it, and the line for a DVD drive that Debian's installer wrote.
function machine(): Machine {
  const files = { reset_method: "flr bus\n" };
  const m = new Machine({ options: "intel_iommu=on iommu=pt", patched: true });
  m.pci("0000:00:00.0", "8086:3e0f", "060000", { group: 0 });
  m.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 1 });
  m.pci("0000:00:1f.6", "8086:15bc", "020000", { driver: "e1000e", module: "e1000e", group: 7 });
  m.net("eno1", "0000:00:1f.6");
  for (const [port, group] of [
    ["0000:00:01.0", 2],
    ["0000:00:1b.0", 3],
    ["0000:00:1d.0", 4],
  ] as const)
    m.pci(port, "8086:1901", "060400", { type: RP, acs: GOOD, driver: "pcieport", group });
  const gpu = { parent: "0000:00:01.0", type: LEP, multi: true, group: 10, files };
  m.pci("0000:01:00.0", "10de:2206", "030000", { ...gpu, driver: "nouveau", module: "nouveau", bootVga: 0 });
  m.pci("0000:01:00.1", "10de:1aef", "040300", { ...gpu, driver: "snd_hda_intel", module: "snd_hda_intel" });
  m.pci("0000:02:00.0", "1000:0072", "010700", {
    parent: "0000:00:1b.0",
    type: EP,
    driver: "mpt3sas",
    module: "mpt3sas",
    group: 11,
    files,
  });
  m.pci("0000:03:00.0", "144d:a80a", "010802", {
    parent: "0000:00:1d.0",
    type: EP,
    driver: "nvme",
    module: "nvme",
    group: 12,
    files,
  });
  for (const part of ["nvme0n1p1", "nvme0n1p2"]) m.disk(part, "0000:03:00.0", "nvme/nvme0/nvme0n1");
  m.mounts(["/dev/nvme0n1p2 / ext4 rw 0 0", "/dev/nvme0n1p1 /boot/efi vfat rw 0 0"]);
  m.write(
    "/etc/fstab",
    "/dev/nvme0n1p2 / ext4 defaults 0 1\n/dev/nvme0n1p1 /boot/efi vfat umask=0077 0 1\n/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0\n/swap.img none swap sw 0 0\n",
  );
  m.write("/sys/class/graphics/fb1/name", "nouveaudrmfb\n");
  m.link("/sys/class/graphics/fb1/device", m.path("0000:01:00.0"));
  return m;
}

export const machines: Machines = { root: machine };
