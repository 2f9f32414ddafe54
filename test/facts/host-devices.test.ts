import { describe, expect, it } from "vitest";
import { readHostDevices } from "../../src/facts/host-devices.ts";
import { known, unknown } from "../../src/facts/fact.ts";
import { parseMounts } from "../../src/facts/mounts.ts";
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
  const [disk] = disks.value;
  expect(disk).toMatchObject({ holds: "/", needed: true });
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
    [
      "ZFS of which neither udev nor the cache tells",
      "rpool/ROOT/pve-1",
      {},
      "neither udev nor /etc/zfs/zpool.cache says which disks the ZFS pool rpool lies on",
      "zfs",
    ],
    [
      "a container's overlay",
      "overlay",
      {},
      "/ is an overlay of file systems that are not mounted here",
      "overlay",
    ],
    [
      "NFS where no card has a link",
      "nas:/srv/root",
      {},
      "/ is on another machine, and which network card leads there is unknown",
      "nfs4",
    ],
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

/** What a host uses of its disks: each place with what it lies on, an asterisk before what is needed. */
function placesOf(mounts: string, files: Record<string, Content>): string[] {
  const { disks } = readHostDevices(
    readerOf({ "/sys/class/net": { folder: true }, ...PARTITIONS, ...files }),
    known(parseMounts(mounts)),
  );
  if (!disks.known) throw new Error(disks.why);
  return disks.value.map(({ holds, needed, addresses }) => {
    const where = addresses.known ? addresses.value.join(" ") : `unknown: ${addresses.why}`;
    return `${needed ? "*" : ""}${holds}: ${where}`;
  });
}

const ROOT = "/dev/sda1 / ext4 rw 0 0\n";
const byUuid = (uuid: string, node: string): Record<string, Content> => ({
  [`/dev/disk/by-uuid/${uuid}`]: { link: `../../${node}` },
  [`/dev/${node}`]: { kind: "block" },
});
const zfsMember = (node: string, number: string, pool: string): Record<string, Content> => ({
  [`/sys/devices/${NVME}/${node}/dev`]: `${number}\n`,
  [`/run/udev/data/b${number}`]: `E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=${pool}\n`,
});

describe("what a host uses of its disks", () => {
  it.each<[string, string, Record<string, Content>, string[]]>([
    [
      "a mount that /etc/fstab requires, one that it does not, and one by hand",
      `${ROOT}/dev/nvme0n1p1 /home ext4 rw 0 0\n/dev/nvme0n1p2 /srv ext4 rw 0 0\n/dev/nvme1n1p1 /mnt xfs rw 0 0\n`,
      { "/etc/fstab": "/dev/nvme0n1p1 /home ext4 defaults 0 2\n/dev/nvme0n1p2 /srv ext4 nofail 0 2\n" },
      ["*/: 0000:00:17.0", "*/home: 0000:01:00.0", "/srv: 0000:01:00.0", "/mnt: 0000:05:00.0"],
    ],
    [
      "what /etc/fstab names and nobody has mounted",
      ROOT,
      {
        "/etc/fstab":
          "UUID=AB-12 /data/ xfs defaults 0 2\nLABEL=old /old ext4 noauto 0 0\nnas:/x /x nfs rw 0 0\n/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0\n",
        ...byUuid("AB-12", "nvme0n1p1"),
      },
      [
        "*/: 0000:00:17.0",
        "*/data (by /etc/fstab): 0000:01:00.0",
        "/old (by /etc/fstab): unknown: there is no /dev/disk/by-label/old here",
      ],
    ],
    [
      "a line of /etc/fstab with a slash at its end, for what is mounted",
      `${ROOT}/dev/nvme0n1p1 /home ext4 rw 0 0\n`,
      { "/etc/fstab": "/dev/nvme0n1p1 /home/ ext4 defaults 0 2\n" },
      ["*/: 0000:00:17.0", "*/home: 0000:01:00.0"],
    ],
    [
      "a RAID of which one part is out of sight: both that and the other part",
      "/dev/md0 / ext4 rw 0 0\n",
      virtual("md0", ["sda1", "sdz1"]),
      ["*/: 0000:00:17.0", "*/: unknown: there is no /sys/class/block/sdz1 here"],
    ],
    [
      "a link in /dev that leads to itself",
      "/dev/mapper/a / ext4 rw 0 0\n",
      { "/dev/mapper/a": { link: "a" } },
      ["*/: unknown: reading /sys/class/block failed with ELOOP"],
    ],
    [
      "a drive of NVMe's multipath whose ways are out of sight",
      "/dev/nvme2n1 / ext4 rw 0 0\n",
      block("nvme2n1", "virtual/nvme-subsystem/nvme-subsys2/nvme2n1"),
      ["*/: unknown: nvme2n1 does not say which NVMe controllers lead to it"],
    ],
    [
      "a drive of NVMe's multipath on another machine",
      "/dev/nvme2n1 /srv ext4 rw 0 0\n",
      {
        ...block("nvme2n1", "virtual/nvme-subsystem/nvme-subsys2/nvme2n1"),
        "/sys/devices/virtual/nvme-subsystem/nvme-subsys2/nvme2": { link: "../../nvme-fabrics/ctl/nvme2" },
      },
      ["/srv: unknown: /dev/nvme2n1 is on another machine, and which network card leads there is unknown"],
    ],
    [
      "swap on a volume of the only ZFS pool",
      ROOT,
      {
        ...virtual("zd0", []),
        "/proc/swaps": "Filename Type Size Used Priority\n/dev/zd0 partition 1 0 -2\n",
        "/proc/spl/kstat/zfs/rpool": { folder: true },
        ...zfsMember("nvme0n1p1", "259:1", "rpool"),
      },
      ["*/: 0000:00:17.0", "swap on /dev/zd0: 0000:01:00.0", "the ZFS pool rpool: 0000:01:00.0"],
    ],
    [
      "disks of a pool where nobody says which are imported",
      ROOT,
      zfsMember("nvme0n1p1", "259:1", "tank"),
      ["*/: 0000:00:17.0", "disks of the ZFS pool tank: 0000:01:00.0"],
    ],
    [
      "no disks of a pool that is not imported",
      ROOT,
      { "/proc/spl/kstat/zfs": { folder: true }, ...zfsMember("nvme0n1p1", "259:1", "tank") },
      ["*/: 0000:00:17.0"],
    ],
    [
      "one line for a file system that is mounted in several places",
      `${ROOT}/dev/sda1 /var/lib/docker/x ext4 rw 0 0\n/dev/nvme0n1p1 /srv ext4 rw 0 0\n/dev/nvme0n1p1 /export ext4 rw 0 0\n`,
      {},
      ["*/: 0000:00:17.0", "/srv: 0000:01:00.0"],
    ],
    [
      "swap in use, and swap of /etc/fstab; none in memory, and no file",
      ROOT,
      {
        "/proc/swaps":
          "Filename Type Size Used Priority\n/dev/nvme0n1p1 partition 8 0 -2\n/dev/zram0 partition 8 0 100\n/swap.img file 8 0 -3\n",
        "/etc/fstab":
          "UUID=AB-12 none swap sw 0 0\n/dev/nvme1n1p1 none swap sw,nofail 0 0\n/swap.img none swap sw 0 0\n",
        ...byUuid("AB-12", "nvme0n1p1"),
      },
      ["*/: 0000:00:17.0", "*swap on /dev/nvme0n1p1: 0000:01:00.0", "swap on /dev/nvme1n1p1: 0000:05:00.0"],
    ],
    [
      "a ZFS root by udev's data, and a pool of which nothing is mounted by the cache",
      "rpool/ROOT/pve-1 / zfs rw 0 0\nrpool/data /rpool/data zfs rw 0 0\n",
      {
        ...zfsMember("nvme0n1p2", "259:2", "rpool"),
        "/etc/zfs/zpool.cache": `\0\0\0\x04name\0\0\0\x04rpool\0\0\0\x04path\0\0\0\x0e/dev/nvme0n1p2\0\0\0\x04name\0\0\0\x04tank\0\0\0\x04path\0\0\0\x0e/dev/nvme1n1p1\0\0`,
      },
      ["*/: 0000:01:00.0", "the ZFS pool tank: 0000:05:00.0"],
    ],
    [
      "a pool of the cache whose path is so long that its length looks like a letter",
      ROOT,
      {
        "/etc/zfs/zpool.cache": `\0\0\0\x04name\0\0\0\x04tank\0\0\0\x04path\0\0\0\x2a/dev/disk/by-id/wwn-0x5000c500a1b2c3-part1\0\0\0`,
        "/dev/disk/by-id/wwn-0x5000c500a1b2c3-part1": { link: "../../nvme1n1p1" },
        "/dev/nvme1n1p1": { kind: "block" },
      },
      ["*/: 0000:00:17.0", "the ZFS pool tank: 0000:05:00.0"],
    ],
    [
      "an ESP of proxmox-boot-tool",
      ROOT,
      { "/etc/kernel/proxmox-boot-uuids": "AB-12\n", ...byUuid("AB-12", "nvme0n1p1") },
      ["*/: 0000:00:17.0", "*the ESP AB-12: 0000:01:00.0"],
    ],
    [
      "an overlay and the loop device of a live system, down to the stick",
      "/dev/nvme0n1p1 /run/live/medium vfat ro 0 0\n/dev/loop0 /run/live/rootfs squashfs ro 0 0\ntmpfs /run/live/overlay tmpfs rw 0 0\noverlay / overlay lowerdir=/run/live/rootfs,upperdir=/run/live/overlay/rw 0 0\n",
      { ...virtual("loop0", [], { "loop/backing_file": "/run/live/medium/live/filesystem.squashfs\n" }) },
      ["*/: 0000:01:00.0", "/run/live/medium: 0000:01:00.0"],
    ],
    [
      "active volumes that nothing names, but none that a mount lies on",
      "/dev/mapper/vg-root / ext4 rw 0 0\n",
      {
        ...mapper("vg-root", "dm-1"),
        ...virtual("dm-0", ["sda1"], { "dm/name": "luks\n" }),
        ...virtual("dm-1", ["dm-0"], { "dm/name": "vg-root\n" }),
        ...virtual("dm-2", ["nvme0n1p1"], { "dm/name": "vmdata-tpool\n" }),
        ...virtual("dm-3", ["dm-2"], { "dm/name": "vmdata-vm--100\n" }),
      },
      ["*/: 0000:00:17.0", "the volume vmdata-vm--100: 0000:01:00.0"],
    ],
    [
      "an iSCSI disk: the card of the default route",
      "/dev/sdq / ext4 rw 0 0\n",
      {
        ...block("sdq", "platform/host2/session1/target2:0:0/2:0:0:1/block/sdq"),
        "/sys/class/net/eno1": { link: "../../devices/pci0000:00/0000:00:1f.6/net/eno1" },
        "/sys/devices/pci0000:00/0000:00:1f.6/net/eno1/carrier": "1\n",
      },
      ["*/: 0000:00:1f.6"],
    ],
  ])("%s", (_what, mounts, files, expected) => {
    expect(placesOf(mounts, files)).toEqual(expected);
  });
});

describe("the places that count", () => {
  it("are all mounts, each by the one on top; what boots comes first and is needed", () => {
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
        { holds: "/", needed: true, addresses: known(["0000:00:17.0"]) },
        { holds: "/boot/efi", needed: true, addresses: known(["0000:01:00.0"]) },
        {
          holds: "/efi",
          needed: true,
          addresses: unknown("/efi is a place where nothing is mounted yet"),
        },
        { holds: "/home", needed: false, addresses: known(["0000:05:00.0"]) },
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
        { name: "enp6s0", address: "0000:06:00.0", linked: true },
        { name: "enx0", address: "0000:00:14.0", linked: false },
        { name: "eth0", address: "0000:00:03.0", linked: false },
      ]),
    );
  });

  it.each([
    ["itself", "eno1"],
    ["under a bridge", "vmbr0"],
    ["under the bond of a bridge", "vmbr1"],
    ["under a VLAN, by its name", "eno1.20"],
    ["under a port of Open vSwitch", "ovsbr"],
    ["under a macvlan", "mv0"],
  ])("carry the default route: %s", (what, route) => {
    const CARD = "pci0000:00/0000:00:1f.6/net/eno1";
    const masters: Record<string, Record<string, Content>> = {
      "under a bridge": { [`/sys/devices/${CARD}/master`]: { link: "../../../../virtual/net/vmbr0" } },
      "under the bond of a bridge": {
        [`/sys/devices/${CARD}/master`]: { link: "../../../../virtual/net/bond0" },
        ...net("bond0", "virtual"),
        "/sys/devices/virtual/net/bond0/master": { link: "../vmbr1" },
      },
      "under a port of Open vSwitch": {
        [`/sys/devices/${CARD}/master`]: { link: "../../../../virtual/net/ovs-system" },
        ...net("ovsbr", "virtual"),
        ...net("ovs-system", "virtual"),
      },
      "under a macvlan": {
        ...net("mv0", "virtual"),
        "/sys/devices/virtual/net/mv0/lower_eno1": { link: "../../../x" },
      },
    };
    const files = {
      ...net("eno1", "pci0000:00/0000:00:1f.6", "up"),
      ...net("eno2", "pci0000:00/0000:00:1f.7", "up"),
      ...masters[what],
      "/proc/net/route": `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n${route}\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\n`,
    };
    const found = cards(files);
    expect(found.known && found.value.map(({ name, defaultRoute }) => [name, defaultRoute])).toEqual([
      ["eno1", route],
      ["eno2", undefined],
    ]);
  });

  it("have a link by their carrier, whatever operstate says, and none where they are switched off", () => {
    const files = {
      "/sys/devices/pci0000:00/0000:00:01.0/net/up0/carrier": "1\n",
      "/sys/class/net/up0": { link: "../../devices/pci0000:00/0000:00:01.0/net/up0" },
      "/sys/class/net/off0": { link: "../../devices/pci0000:00/0000:00:02.0/net/off0" },
      "/sys/devices/pci0000:00/0000:00:02.0/net/off0/carrier": { kind: "file", error: "EINVAL" } as const,
      "/sys/devices/pci0000:00/0000:00:02.0/net/off0/operstate": "down\n",
    };
    const found = cards(files);
    expect(found.known && found.value.map(({ name, linked }) => [name, linked])).toEqual([
      ["off0", false],
      ["up0", true],
    ]);
  });

  it("of virtual functions say which card they belong to", () => {
    const VF = "pci0000:00/0000:00:1c.0/0000:06:10.0";
    const files = { ...net("enp6s0v0", VF), [`/sys/devices/${VF}/physfn`]: { link: "../0000:06:00.0" } };
    expect(cards(files)).toEqual(
      known([{ name: "enp6s0v0", address: "0000:06:10.0", physicalFunction: "0000:06:00.0", linked: false }]),
    );
  });

  it("are unknown where sysfs shows none, and known to be none where the folder is empty", () => {
    expect(cards({})).toEqual(unknown("/sys/class/net is not there"));
    expect(cards({ "/sys/class/net": { folder: true } })).toEqual(known([]));
  });
});

describe("the card by which another machine is reached", () => {
  const card = (name: string, pci: string): Record<string, Content> => ({
    [`/sys/class/net/${name}`]: { link: `../../devices/pci0000:00/${pci}/net/${name}` },
    [`/sys/devices/pci0000:00/${pci}/net/${name}/carrier`]: "1\n",
  });
  const files: Record<string, Content> = {
    ...card("eno1", "0000:00:1f.6"),
    ...card("san0", "0000:00:1f.7"),
    "/sys/class/net/san0.5": { link: "../../devices/virtual/net/san0.5" },
    "/proc/net/route": [
      "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask",
      "eno1\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000",
      "san0.5\t00000A0A\t00000000\t0001\t0\t0\t0\t00FFFFFF",
      "eno1\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF",
      "garbage",
    ].join("\n"),
    ...block("sdc", "platform/host9/session1/target9:0:0/9:0:0:1/block/sdc"),
    "/sys/class/iscsi_connection/connection1:0/persistent_address": "10.10.0.9\n",
  };
  const whole = (source: string, type: string): Fact<readonly string[]> => {
    const mounts: MountFact[] = [{ source, mountPoint: "/", type }];
    const { disks } = readHostDevices(readerOf(files), known(mounts));
    return (disks.known ? disks.value[0]?.addresses : undefined) ?? unknown("no entry");
  };

  it.each([
    ["an NFS server beside", "10.10.0.9:/srv/root", "nfs4", "0000:00:1f.7"],
    ["a server of the wider network", "10.9.0.9:/srv/root", "nfs4", "0000:00:1f.6"],
    ["a server far away", "8.8.8.8:/srv/root", "nfs4", "0000:00:1f.6"],
    ["a server by its name", "nas:/srv/root", "nfs4", "0000:00:1f.6"],
    ["an iSCSI portal", "/dev/sdc", "ext4", "0000:00:1f.7"],
  ])("is found for %s", (_what, source, type, address) => {
    expect(whole(source, type)).toEqual(known([address]));
  });
});
