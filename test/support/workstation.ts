import { EP, GOOD, LEP, Machine, RP } from "../handover/support/machine.ts";

const OPTIONS = "root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 ro quiet";

/** An AMD workstation with Debian and GRUB, a card for the host and one for a virtual machine, each in a group of its own, and
 * a second NVMe drive with nothing of the host on it. */
export function workstation({ alike = false }: { readonly alike?: boolean } = {}): Machine {
  const machine = new Machine({
    base: "debian-grub",
    cpu: "AuthenticAMD",
    tables: ["IVRS"],
    cmdline: `BOOT_IMAGE=/boot/vmlinuz-6.1.0-26-amd64 ${OPTIONS}`,
  });
  const files = { reset_method: "flr bus\n" };
  machine.write("/etc/hostname", "workstation\n");
  machine.write("/proc/sys/kernel/hostname", "workstation\n");
  machine.write("/proc/stat", "btime 1700000000\n");
  machine.pci("0000:00:00.0", "1022:1480", "060000", { group: 0 });
  for (const [port, group] of [
    ["0000:00:01.1", 1],
    ["0000:00:01.2", 2],
    ["0000:00:01.3", 5],
    ["0000:00:03.1", 3],
    ["0000:00:03.2", 4],
  ] as const)
    machine.pci(port, "1022:1483", "060400", { type: RP, acs: GOOD, driver: "pcieport", group });
  machine.pci("0000:01:00.0", "144d:a808", "010802", {
    parent: "0000:00:01.1",
    type: EP,
    driver: "nvme",
    module: "nvme",
    group: 14,
    files,
  });
  machine.pci("0000:05:00.0", "8086:1539", "020000", {
    parent: "0000:00:01.2",
    type: EP,
    driver: "igb",
    module: "igb",
    group: 15,
    files,
  });
  machine.pci("0000:06:00.0", "144d:a808", "010802", {
    parent: "0000:00:01.3",
    type: EP,
    driver: "nvme",
    module: "nvme",
    group: 16,
    files,
  });
  const host = { parent: "0000:00:03.1", type: LEP, multi: true, group: 30, files };
  machine.pci("0000:0c:00.0", alike ? "10de:2206" : "1002:731f", "030000", {
    ...host,
    driver: "amdgpu",
    module: "amdgpu",
    bootVga: 1,
  });
  machine.pci("0000:0c:00.1", alike ? "10de:1aef" : "1002:ab38", "040300", {
    ...host,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
  });
  const guest = { parent: "0000:00:03.2", type: LEP, multi: true, group: 31, files };
  machine.pci("0000:0d:00.0", "10de:2206", "030000", {
    ...guest,
    driver: "nouveau",
    module: "nouveau",
    bootVga: 0,
  });
  machine.pci("0000:0d:00.1", "10de:1aef", "040300", {
    ...guest,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
  });
  machine.net("enp5s0", "0000:05:00.0");
  for (const part of ["nvme0n1p1", "nvme0n1p2"]) machine.disk(part, "0000:01:00.0", "nvme/nvme0/nvme0n1");
  machine.mounts(["/dev/nvme0n1p2 / ext4 rw 0 0", "/dev/nvme0n1p1 /boot/efi vfat rw 0 0"]);
  return machine;
}
