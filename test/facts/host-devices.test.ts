import { describe, expect, it } from "vitest";
import { readHostDevices } from "../../src/facts/host-devices.ts";
import { known, unknown } from "../../src/facts/fact.ts";
import type { Fact, MountFact } from "../../src/model/index.ts";
import type { Content } from "../support/host.ts";
import { readerOf } from "../support/host.ts";

const NVME = "pci0000:00/0000:00:01.1/0000:01:00.0/nvme/nvme0/nvme0n1";
const OTHER_NVME = "pci0000:00/0000:00:1d.0/0000:05:00.0/nvme/nvme1/nvme1n1";
const SATA = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda";

const block = (name: string, target: string): Record<string, Content> => ({
  [`/sys/class/block/${name}`]: { link: `../../devices/${target}` },
});
/** A virtual block device and the links to its parts. */
const virtual = (name: string, parts: readonly string[], more: Record<string, Content> = {}) => ({
  ...block(name, `virtual/block/${name}`),
  [`/sys/devices/virtual/block/${name}/slaves`]: { folder: true } as const,
  ...Object.fromEntries(
    parts.map((part) => [`/sys/devices/virtual/block/${name}/slaves/${part}`, { link: `../../${part}` }]),
  ),
  ...Object.fromEntries(
    Object.entries(more).map(([path, content]) => [`/sys/devices/virtual/block/${name}/${path}`, content]),
  ),
});
const mapper = (name: string, node: string): Record<string, Content> => ({
  [`/dev/mapper/${name}`]: { link: `../${node}` },
  [`/dev/${node}`]: { kind: "block" },
});

const PARTITIONS = {
  ...block("nvme0n1p1", `${NVME}/nvme0n1p1`),
  ...block("nvme0n1p2", `${NVME}/nvme0n1p2`),
  ...block("nvme1n1p1", `${OTHER_NVME}/nvme1n1p1`),
  ...block("sda1", `${SATA}/sda1`),
};

function rootOn(source: string, files: Record<string, Content>, type = "ext4"): Fact<readonly string[]> {
  const mounts: MountFact[] = [{ source, mountPoint: "/", type }];
  const { disks } = readHostDevices(
    readerOf({ "/sys/class/net": { folder: true }, ...files }),
    known(mounts),
  );
  if (!disks.known) throw new Error(disks.why);
  const [disk, ...others] = disks.value;
  expect(others).toEqual([]);
  expect(disk).toMatchObject({ holds: "/", source });
  return disk?.addresses ?? unknown("no entry");
}

describe("the controllers that hold the root file system", () => {
  it.each<[string, string, Record<string, Content>, string[], string?]>([
    ["a partition of an NVMe drive", "/dev/nvme0n1p2", {}, ["0000:01:00.0"]],
    ["a partition of a SATA disk", "/dev/sda1", {}, ["0000:00:17.0"]],
    [
      "a disk on USB",
      "/dev/sdb",
      block("sdb", "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdb"),
      ["0000:00:14.0"],
    ],
    [
      "a virtio disk",
      "/dev/vda1",
      block("vda1", "pci0000:00/0000:00:04.0/virtio1/block/vda/vda1"),
      ["0000:00:04.0"],
    ],
    [
      "a card reader on no PCI bus",
      "/dev/mmcblk0p2",
      block("mmcblk0p2", "platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:0001/block/mmcblk0/mmcblk0p2"),
      [],
    ],
    [
      "a drive behind Intel VMD, with the VMD itself",
      "/dev/nvme0n1p2",
      block(
        "nvme0n1p2",
        "pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme0/nvme0n1/nvme0n1p2",
      ),
      ["0000:00:0e.0", "10000:e1:00.0"],
    ],
    [
      "a drive of NVMe's own multipath, by all its ways",
      "/dev/nvme0n1p2",
      {
        ...block("nvme0n1p2", "virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p2"),
        "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0": {
          link: `../../../${NVME.replace("/nvme0n1", "")}`,
        },
        "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme1": {
          link: `../../../${OTHER_NVME.replace("/nvme1n1", "")}`,
        },
        "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/model": "any\n",
      },
      ["0000:01:00.0", "0000:05:00.0"],
    ],
    [
      "an encrypted volume, by its name",
      "/dev/mapper/data-root",
      { ...mapper("data-root", "dm-1"), ...virtual("dm-1", ["dm-0"]), ...virtual("dm-0", ["nvme0n1p2"]) },
      ["0000:01:00.0"],
    ],
    [
      "a volume whose node is not shown, by the link to it",
      "/dev/mapper/data-root",
      { "/dev/mapper/data-root": { link: "../dm-1" }, ...virtual("dm-1", ["sda1"]) },
      ["0000:00:17.0"],
    ],
    [
      "a mapped volume without udev, by the name that the kernel knows",
      "/dev/mapper/vg-root",
      {
        ...virtual("dm-0", ["sda1"], { "dm/name": "vg-swap\n" }),
        ...virtual("dm-3", ["nvme0n1p2"], { "dm/name": "vg-root\n" }),
      },
      ["0000:01:00.0"],
    ],
    [
      "a link by UUID",
      "/dev/disk/by-uuid/2105a9ac",
      { "/dev/disk/by-uuid/2105a9ac": { link: "../../sda1" }, "/dev/sda1": { kind: "block" } },
      ["0000:00:17.0"],
    ],
    [
      "a RAID over two controllers",
      "/dev/md0",
      virtual("md0", ["nvme0n1p2", "sda1"]),
      ["0000:00:17.0", "0000:01:00.0"],
    ],
    [
      "a partition of a RAID",
      "/dev/md0p1",
      { ...virtual("md0", ["nvme0n1p2", "nvme1n1p1"]), ...block("md0p1", "virtual/block/md0/md0p1") },
      ["0000:01:00.0", "0000:05:00.0"],
    ],
    [
      "Btrfs on two drives, of which the mount names one",
      "/dev/nvme0n1p2",
      {
        "/sys/fs/btrfs/features": { folder: true },
        "/sys/fs/btrfs/2105a9ac/devices/nvme0n1p2": { link: "../../../../devices/x" },
        "/sys/fs/btrfs/2105a9ac/devices/nvme1n1p1": { link: "../../../../devices/y" },
      },
      ["0000:01:00.0", "0000:05:00.0"],
      "btrfs",
    ],
    ["bcachefs on two drives", "/dev/nvme0n1p2:/dev/sda1", {}, ["0000:00:17.0", "0000:01:00.0"], "bcachefs"],
  ])("%s", (_what, source, files, addresses, type) => {
    expect(rootOn(source, { ...PARTITIONS, ...files }, type)).toEqual(known(addresses));
  });

  it.each<[string, string, Record<string, Content>, string, string?]>([
    ["ZFS", "rpool/ROOT/pve-1", {}, "/ is ZFS, which does not say in sysfs what its pools lie on", "zfs"],
    ["an overlay", "overlay", {}, "/ is an overlay of other file systems", "overlay"],
    ["NFS", "nas:/srv/root", {}, "/ is a network file system", "nfs4"],
    ["a source that is no device", "rootfs", {}, "rootfs is no block device here"],
    ["a device that sysfs does not show", "/dev/root", {}, "there is no /sys/class/block/root here"],
    [
      "a loop device",
      "/dev/loop0",
      virtual("loop0", []),
      "loop0 is a virtual disk that does not say what it lies on",
    ],
    [
      "a volume of which a part is not shown",
      "/dev/dm-0",
      virtual("dm-0", ["sdz1"]),
      "there is no /sys/class/block/sdz1 here",
    ],
  ])("are unknown with the reason on %s", (_what, source, files, why, type) => {
    expect(rootOn(source, { ...PARTITIONS, ...files }, type)).toEqual(unknown(why));
  });

  it("are unknown where sysfs refuses to be read", () => {
    const slaves = "/sys/devices/virtual/block/dm-0/slaves";
    const files = { ...virtual("dm-0", []), [slaves]: { kind: "directory", error: "EACCES" } as const };
    expect(rootOn("/dev/dm-0", files)).toEqual(unknown("reading /sys/class/block needs root"));
  });

  it("end where volumes name each other in a circle", () => {
    expect(rootOn("/dev/dm-0", { ...virtual("dm-0", ["dm-1"]), ...virtual("dm-1", ["dm-0"]) })).toEqual(
      known([]),
    );
  });
});

describe("the places that count", () => {
  it("are /, /boot and an ESP, each by the mount that is on top", () => {
    const mounts: MountFact[] = [
      { source: "/dev/sda1", mountPoint: "/", type: "ext4" },
      { source: "systemd-1", mountPoint: "/boot/efi", type: "autofs" },
      { source: "/dev/nvme0n1p1", mountPoint: "/boot/efi", type: "vfat" },
      { source: "/dev/nvme1n1p1", mountPoint: "/home", type: "ext4" },
      { source: "systemd-1", mountPoint: "/efi", type: "autofs" },
    ];
    const { disks } = readHostDevices(readerOf(PARTITIONS), known(mounts));
    expect(disks).toEqual(
      known([
        { holds: "/", source: "/dev/sda1", addresses: known(["0000:00:17.0"]) },
        { holds: "/boot/efi", source: "/dev/nvme0n1p1", addresses: known(["0000:01:00.0"]) },
        {
          holds: "/efi",
          source: "systemd-1",
          addresses: unknown("/efi is a place where nothing is mounted yet"),
        },
      ]),
    );
  });

  it("are unknown where the mounts are", () => {
    expect(readHostDevices(readerOf({}), unknown("no /proc")).disks).toEqual(unknown("no /proc"));
  });
});

describe("the network cards", () => {
  const net = (name: string, target: string, state?: string): Record<string, Content> => ({
    [`/sys/class/net/${name}`]: { link: `../../devices/${target}/net/${name}` },
    ...(state === undefined ? {} : { [`/sys/devices/${target}/net/${name}/operstate`]: `${state}\n` }),
  });
  const cards = (files: Record<string, Content>) => readHostDevices(readerOf(files), known([])).networkCards;

  it("are the interfaces on PCI devices; bridges, bonds and the loopback are none", () => {
    const CARD = "pci0000:00/0000:00:1c.0/0000:06:00.0";
    const files = {
      ...net("enp6s0", CARD, "up"),
      ...net("eth0", "pci0000:00/0000:00:03.0/virtio0", "down"),
      ...net("enx0", "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0"),
      ...net("lo", "virtual"),
      ...net("vmbr0", "virtual"),
      "/sys/class/net/bonding_masters": "\n",
    };
    expect(cards(files)).toEqual(
      known([
        { name: "enp6s0", address: "0000:06:00.0", state: "up" },
        { name: "enx0", address: "0000:00:14.0" },
        { name: "eth0", address: "0000:00:03.0", state: "down" },
      ]),
    );
  });

  it("of virtual functions are the card that they belong to", () => {
    const VF = "pci0000:00/0000:00:1c.0/0000:06:10.0";
    const files = { ...net("enp6s0v0", VF), [`/sys/devices/${VF}/physfn`]: { link: "../0000:06:00.0" } };
    expect(cards(files)).toEqual(known([{ name: "enp6s0v0", address: "0000:06:00.0" }]));
  });

  it("are unknown where sysfs shows none, and known to be none where the folder is empty", () => {
    expect(cards({})).toEqual(unknown("/sys/class/net is not there"));
    expect(cards({ "/sys/class/net": { folder: true } })).toEqual(known([]));
  });
});
