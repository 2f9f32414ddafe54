import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { Fact, HostDevices, HostDisk, HostState, MountFact, NetworkCard } from "../model/index.ts";
import { attempt, known, unknown } from "./fact.ts";

const BLOCK = "/sys/class/block";
const NET = "/sys/class/net";
const BTRFS = "/sys/fs/btrfs";

/** Where the files of the running system and of its start are: `/`, /boot, and the usual places of an ESP. */
const PLACES = ["/", "/boot", "/boot/efi", "/efi"];

/** Mounts that are no file system on a disk of this host's own. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["overlay", "an overlay of other file systems"],
  ["zfs", "ZFS, which does not say in sysfs what its pools lie on"],
  ["nfs", "a network file system"],
  ["nfs4", "a network file system"],
  ["cifs", "a network file system"],
  ["9p", "a network file system"],
  ["virtiofs", "a folder of another host"],
  ["tmpfs", "a file system in memory"],
  ["ramfs", "a file system in memory"],
  ["autofs", "a place where nothing is mounted yet"],
]);

/** The PCI devices that this host cannot do without: what holds its own files, and its network cards. */
export function readHostDevices(reader: Reader, mounts: HostState["mounts"]): HostDevices {
  return {
    disks: mounts.known ? known(readDisks(reader, mounts.value)) : mounts,
    networkCards: readNetworkCards(reader),
  };
}

function readDisks(reader: Reader, mounts: readonly MountFact[]): HostDisk[] {
  return PLACES.flatMap((place) => {
    // The last one is on top of the others.
    const mount = mounts.findLast(({ mountPoint }) => mountPoint === place);
    if (mount === undefined) return [];
    return [{ holds: place, source: mount.source, addresses: controllersOf(reader, mount) }];
  });
}

function controllersOf(reader: Reader, { source, type, mountPoint }: MountFact): Fact<readonly string[]> {
  const elsewhere = ELSEWHERE.get(type);
  if (elsewhere !== undefined) return unknown(`${mountPoint} is ${elsewhere}`);
  try {
    const names = attempt(
      source,
      () => blockNames(reader, source, type),
      `${source} is no block device here`,
    );
    if (!names.known) return names;
    const found = attempt(BLOCK, () => names.value.flatMap((name) => controllers(reader, name, new Set())));
    return found.known ? known([...new Set(found.value)].sort()) : found;
  } catch (error) {
    if (error instanceof NotToBeFound) return unknown(error.message);
    throw error;
  }
}

/** Why it cannot be seen which devices hold a file system. */
class NotToBeFound extends Error {}

/** The kernel's names of the block devices that a file system lies on. */
function blockNames(reader: Reader, source: string, type: string): readonly string[] | undefined {
  // Its list of mounts names all of them (bcachefs(8)).
  if (type === "bcachefs") return source.split(":").flatMap((one) => blockName(reader, one) ?? []);
  const name = blockName(reader, source);
  if (name === undefined || type !== "btrfs") return name === undefined ? undefined : [name];
  // Only one of its devices is named in the list of mounts; sysfs has all (Documentation/ABI/testing/sysfs-fs-btrfs).
  const all = (reader.list(BTRFS) ?? []).map((uuid) => reader.list(`${BTRFS}/${uuid}/devices`) ?? []);
  return all.find((names) => names.includes(name)) ?? [name];
}

/** `/dev/mapper/data-root`, `/dev/disk/by-uuid/…` and `/dev/vg/lv` are links to the node that has the kernel's name. */
function blockName(reader: Reader, source: string): string | undefined {
  if (!source.startsWith("/dev/")) return undefined;
  // The link says enough where the node itself is not shown.
  const node = posix.basename(reader.realPath(source) ?? reader.readLink(source) ?? source);
  if (reader.lstat(`${BLOCK}/${node}`) !== undefined) return node;
  // Without udev, and in another root, there are no links: the device mapper knows its names itself.
  const mapped = (reader.list(BLOCK) ?? [])
    .filter((name) => name.startsWith("dm-"))
    .find((name) => reader.readText(`${BLOCK}/${name}/dm/name`)?.trim() === posix.basename(source));
  if (mapped === undefined) throw new NotToBeFound(`there is no ${BLOCK}/${node} here`);
  return mapped;
}

/** The controllers below a block device; of a RAID or a volume, those of all its parts. */
function controllers(reader: Reader, name: string, seen: Set<string>): string[] {
  if (seen.has(name)) return [];
  seen.add(name);
  const path = deviceBehind(reader, `${BLOCK}/${name}`);
  if (path === undefined) throw new NotToBeFound(`there is no ${BLOCK}/${name} here`);
  const direct = controllersOn(path);
  if (direct.length > 0) return direct;
  const multipath = /^(.*\/nvme-subsystem\/[^/]+)\//.exec(path)?.[1];
  if (multipath !== undefined) return nvmePaths(reader, multipath);
  if (!path.startsWith("/sys/devices/virtual/block/")) return [];
  // A partition has no parts of its own: those of the whole device are what it lies on.
  const [whole = name] = path.slice("/sys/devices/virtual/block/".length).split("/");
  const parts = reader.list(`/sys/devices/virtual/block/${whole}/slaves`) ?? [];
  if (parts.length === 0)
    throw new NotToBeFound(`${whole} is a virtual disk that does not say what it lies on`);
  return parts.flatMap((part) => controllers(reader, part, seen));
}

/** A drive that NVMe's own multipath serves belongs to a subsystem, which links to its controllers. */
function nvmePaths(reader: Reader, subsystem: string): string[] {
  return (reader.list(subsystem) ?? [])
    .filter((name) => /^nvme\d+$/.test(name))
    .flatMap((name) => controllersOn(deviceBehind(reader, `${subsystem}/${name}`) ?? ""));
}

/**
 * Only cards have a folder on a PCI bus here: bridges, bonds and tunnels are virtual. An interface on USB belongs to
 * the USB controller, and one of a virtual function to its card.
 */
function readNetworkCards(reader: Reader): Fact<readonly NetworkCard[]> {
  return attempt(NET, () =>
    reader.list(NET)?.flatMap((name): NetworkCard[] => {
      const path = deviceBehind(reader, `${NET}/${name}`) ?? "";
      const address = cardOf(reader, path);
      if (address === undefined) return [];
      const state = reader.readText(`${NET}/${name}/operstate`)?.trim();
      return [{ name, address, ...(state === undefined ? {} : { state }) }];
    }),
  );
}

function cardOf(reader: Reader, path: string): string | undefined {
  const device = /^.*\/[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7](?=\/)/.exec(path)?.[0];
  if (device === undefined) return undefined;
  return posix.basename(reader.readLink(`${device}/physfn`) ?? device);
}

/** Links of sysfs lead to the device at once, so nothing else need be looked at, and a capture need not hold it. */
function deviceBehind(reader: Reader, link: string): string | undefined {
  const target = reader.readLink(link);
  return target === undefined ? undefined : posix.resolve(posix.dirname(link), target);
}

/**
 * The devices on a path of sysfs that act for what is at its end: the last one, and where a root bus is below another
 * device (Intel VMD) that device too. Bridges on the way only pass on.
 */
function controllersOn(path: string): string[] {
  return path.split(/\/pci[0-9a-f]{4,8}:[0-9a-f]{2}(?=\/)/).flatMap((segment) => {
    const addresses = segment.match(/(?<=\/)[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7](?=\/|$)/g);
    return addresses?.slice(-1) ?? [];
  });
}
