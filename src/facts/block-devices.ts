import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import { attemptIfRecorded } from "./fact.ts";

export const BLOCK = "/sys/class/block";
const VIRTUAL = "/sys/devices/virtual/block/";
const BTRFS = "/sys/fs/btrfs";

/** Why it cannot be seen which devices something lies on. */
export class NotToBeFound extends Error {}

/** Where block devices end: PCI devices, another file system that holds their content, or a server on the network. */
export interface Below {
  /** Of the controllers, each once. */
  readonly controllers: ReadonlySet<string>;
  /** Files that loop devices are made of. */
  readonly files: readonly string[];
  /** Of what is on another machine the servers' addresses, empty where one is not said. */
  readonly servers: readonly string[];
  /** A volume of a ZFS pool is among them; which pool's is not in sysfs. */
  readonly zvol: boolean;
  /** Why some of them cannot be followed, one reason each: a part of a RAID may be known and another not. */
  readonly dark: readonly string[];
  /** The devices themselves and all on the way down, by the kernel's names. */
  readonly through: ReadonlySet<string>;
}

/** Block devices whose content is on another machine: iSCSI, NVMe over a network, NBD, Ceph. */
const ON_NETWORK = /\/session\d+\/|\/virtual\/nvme-fabrics\/|\/virtual\/block\/nbd\d|\/devices\/rbd\//;
const ISCSI = "/sys/class/iscsi_connection";

/** The address of an iSCSI session's server (drivers/scsi/scsi_transport_iscsi.c). */
function portalOf(reader: Reader, path: string): string {
  const session = /\/session(\d+)\//.exec(path)?.[1];
  if (session === undefined) return "";
  const text = attemptIfRecorded(ISCSI, () =>
    reader.readText(`${ISCSI}/connection${session}:0/persistent_address`),
  );
  return text.known ? text.value.trim() : "";
}

/** Compressed memory, a disk that is in no drive. */
const IN_MEMORY = /\/virtual\/block\/(?:zram|ram)\d/;

/**
 * What is below block devices; of a RAID or a volume, what is below all of its parts.
 *
 * @param names The kernel's names of them.
 */
export function below(reader: Reader, names: readonly string[]): Below {
  const controllers = new Set<string>();
  const files: string[] = [];
  const dark: string[] = [];
  const servers: string[] = [];
  let zvol = false;
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const path = deviceBehind(reader, `${BLOCK}/${name}`);
    if (path === undefined) {
      dark.push(`there is no ${BLOCK}/${name} here`);
      return;
    }
    if (IN_MEMORY.test(path)) return;
    if (ON_NETWORK.test(path)) {
      servers.push(portalOf(reader, path));
      return;
    }
    const multipath = /^(.*\/nvme-subsystem\/[^/]+)\//.exec(path)?.[1];
    const paths = multipath === undefined ? [path] : nvmePaths(reader, multipath);
    const direct = paths.flatMap(controllersOn);
    for (const address of direct) controllers.add(address);
    if (multipath !== undefined) {
      if (paths.some((one) => ON_NETWORK.test(one))) servers.push("");
      else if (direct.length === 0) dark.push(`${name} does not say which NVMe controllers lead to it`);
      return;
    }
    if (direct.length > 0 || !path.startsWith(VIRTUAL)) return;
    // A partition has no parts of its own: those of the whole device are what it lies on.
    const [whole = name] = path.slice(VIRTUAL.length).split("/");
    seen.add(whole);
    const file = reader.readText(`${VIRTUAL}${whole}/loop/backing_file`)?.trim();
    const parts = reader.list(`${VIRTUAL}${whole}/slaves`) ?? [];
    if (file !== undefined) files.push(file);
    else if (parts.length > 0) parts.forEach(visit);
    else if (/^zd\d+$/.test(whole)) zvol = true;
    else dark.push(`${whole} is a virtual disk that does not say what it lies on`);
  };
  names.forEach(visit);
  return { controllers, files, servers, zvol, dark, through: seen };
}

/** The kernel's names of the block devices that a file system lies on; none where the source is no block device. */
export function blockNames(reader: Reader, source: string, type: string): readonly string[] {
  // Its list of mounts names all of them (bcachefs(8)).
  if (type === "bcachefs") return source.split(":").flatMap((one) => blockName(reader, one) ?? []);
  const name = blockName(reader, source);
  if (name === undefined) return [];
  if (type !== "btrfs") return [name];
  // Only one of its devices is named in the list of mounts; sysfs has all (Documentation/ABI/testing/sysfs-fs-btrfs).
  const all = (reader.list(BTRFS) ?? []).map((uuid) => reader.list(`${BTRFS}/${uuid}/devices`) ?? []);
  return all.find((names) => names.includes(name)) ?? [name];
}

const TAGS: Readonly<Record<string, string>> = {
  UUID: "by-uuid",
  LABEL: "by-label",
  PARTUUID: "by-partuuid",
  PARTLABEL: "by-partlabel",
};

/** The path below /dev that a source of fstab(5) means; `undefined` where it means no device. */
export function devicePath(source: string): string | undefined {
  if (source.startsWith("/dev/")) return source;
  const [, tag = "", value = ""] = /^([A-Z]+)="?([^"]+)"?$/.exec(source) ?? [];
  const folder = TAGS[tag];
  return folder === undefined ? undefined : `/dev/disk/${folder}/${value}`;
}

/** `/dev/mapper/data-root`, `/dev/disk/by-uuid/…` and `/dev/vg/lv` are links to the node that has the kernel's name. */
export function blockName(reader: Reader, source: string): string | undefined {
  if (!source.startsWith("/dev/")) return undefined;
  // The link says enough where the node itself is not shown.
  const node = posix.basename(reader.realPath(source) ?? reader.readLink(source) ?? source);
  if (reader.lstat(`${BLOCK}/${node}`) !== undefined) return node;
  // Without udev, and in another root, there are no links: the device mapper knows its names itself.
  const mapped = (reader.list(BLOCK) ?? [])
    .filter((name) => name.startsWith("dm-"))
    .find((name) => mapperName(reader, name) === posix.basename(source));
  if (mapped === undefined)
    throw new NotToBeFound(
      source.startsWith("/dev/disk/") ? `there is no ${source} here` : `there is no ${BLOCK}/${node} here`,
    );
  return mapped;
}

/** What the device mapper calls a device, e.g. `pve-root`. */
export function mapperName(reader: Reader, name: string): string | undefined {
  return reader.readText(`${BLOCK}/${name}/dm/name`)?.trim();
}

/** A drive that NVMe's own multipath serves belongs to a subsystem, which links to its controllers: their paths. */
function nvmePaths(reader: Reader, subsystem: string): string[] {
  return (reader.list(subsystem) ?? [])
    .filter((name) => /^nvme\d+$/.test(name))
    .flatMap((name) => deviceBehind(reader, `${subsystem}/${name}`) ?? []);
}

/** Links of sysfs lead to the device at once, so nothing else need be looked at, and a capture need not hold it. */
export function deviceBehind(reader: Reader, link: string): string | undefined {
  const target = reader.readLink(link);
  return target === undefined ? undefined : posix.resolve(posix.dirname(link), target);
}

/**
 * The devices on a path of sysfs that act for what is at its end: the last one, and where a root bus is below another
 * device (Intel VMD) that device too. Bridges on the way only pass on.
 */
export function controllersOn(path: string): string[] {
  return path.split(/\/pci[0-9a-f]{4,8}:[0-9a-f]{2}(?=\/)/).flatMap((segment) => {
    const addresses = segment.match(/(?<=\/)[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7](?=\/|$)/g);
    return addresses?.slice(-1) ?? [];
  });
}
