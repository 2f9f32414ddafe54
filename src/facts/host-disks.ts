import { isUuid } from "../host/queries.ts";
import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import type { Fact, HostDisk, MountFact } from "../model/index.ts";
import {
  BLOCK,
  NotToBeFound,
  below,
  blockName,
  blockNames,
  devicePath,
  mapperName,
} from "./block-devices.ts";
import { attempt, known, unknown } from "./fact.ts";
import { FSTAB } from "./fstab.ts";
import type { FstabLine } from "./fstab.ts";
import { mountOf } from "./mounts.ts";
import { readProxmoxEsps } from "./proxmox-esps.ts";
import { isGap } from "./unrecorded.ts";
import { importedPools, labelledPools, poolMembers } from "./zfs-pools.ts";

const SWAPS = "/proc/swaps";

/** A path of the host whose file system must be there before anything can be mounted. */
const BOOT_PLACE = /^\/$|^\/usr$|^\/(?:boot|efi)(?:\/|$)/;
/** A drive for media that Debian's installer writes down; where it is not there, nothing lies on it. */
const MEDIUM = /^\/dev\/(?:sr|scd|cdrom|dvd|fd|floppy)\d*$/;
const NETWORK_TYPES = new Set(["nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "ceph", "glusterfs"]);
const MEMORY_TYPES = new Set(["tmpfs", "ramfs"]);

/** A place of the host, and how its controllers are found. */
interface Place {
  readonly holds: string;
  readonly needed: boolean;
  readonly find: () => Found;
}

/** What could be followed to controllers, and of what could not the reason: of a RAID both may be true. */
type Found = readonly Fact<readonly string[]>[];

export interface DiskQuestion {
  readonly mounts: readonly MountFact[];
  readonly fstab: Fact<readonly FstabLine[]>;
  /** The network cards by which a server is reached; of one whose address is not said, those that carry the network. */
  readonly network: (server: string) => readonly string[];
  /** What is asked is a part of a ZFS pool. */
  readonly inPool?: boolean;
}

/**
 * All that this host uses of its disks: what is mounted, what /etc/fstab names, swap, ZFS pools, the ESPs of
 * proxmox-boot-tool, and active volumes that nothing else here names.
 */
export function readHostDisks(reader: Reader, question: DiskQuestion): HostDisk[] {
  const places = [
    ...mounted(reader, question),
    ...toBeMounted(reader, question),
    ...swaps(reader, question),
    ...pools(reader, question),
    ...proxmoxEsps(reader, question),
  ];
  const named = places.flatMap(({ find, ...place }) => find().map((addresses) => ({ ...place, addresses })));
  return [...named, ...volumes(reader, question)];
}

// --- File systems --------------------------------------------------------------------------------------------

/** Each mount that is on top at its place, but one a file system, where it is mounted in several. */
function mounted(reader: Reader, question: DiskQuestion): Place[] {
  const { mounts } = question;
  const seen = new Set<string>();
  const onTop = mounts.filter(
    (mount) => mounts.findLast(({ mountPoint }) => mountPoint === mount.mountPoint) === mount,
  );
  const counts = onTop.filter(({ mountPoint, source, type }) => {
    if (BOOT_PLACE.test(mountPoint)) return true;
    // A network's file system takes no disk, and a loop's file lies on another place of this list.
    if (type === "squashfs" || type === "overlay" || NETWORK_TYPES.has(type)) return false;
    return source.startsWith("/dev/") || type === "zfs";
  });
  const first = counts.toSorted(
    (a, b) => Number(BOOT_PLACE.test(b.mountPoint)) - Number(BOOT_PLACE.test(a.mountPoint)),
  );
  return first.flatMap((mount): Place[] => {
    const { mountPoint, source, type } = mount;
    const key = type === "zfs" ? (source.split("/")[0] ?? source) : source;
    const isBoot = BOOT_PLACE.test(mountPoint);
    const required = isBoot || requiredBy(question, mountPoint);
    if (seen.has(key) && !required) return [];
    seen.add(key);
    return [{ holds: mountPoint, needed: required, find: () => lyingOn(reader, question, mount) }];
  });
}

/** What /etc/fstab names and is not mounted now: a drive that is away, or one that is mounted by hand. */
function toBeMounted(reader: Reader, question: DiskQuestion): Place[] {
  const { fstab, mounts } = question;
  return (fstab.known ? fstab.value : []).flatMap(({ source, mountPoint, type, required }): Place[] => {
    if (type === "swap" || NETWORK_TYPES.has(type)) return [];
    const path = devicePath(source);
    if (path === undefined || mounts.some((mount) => mount.mountPoint === mountPoint)) return [];
    return [
      {
        holds: `${mountPoint} (by ${FSTAB})`,
        needed: required,
        find: () => {
          const all = lyingOn(reader, question, { source: path, mountPoint, type });
          return MEDIUM.test(path) ? all.filter((fact) => fact.known) : all;
        },
      },
    ];
  });
}

function requiredBy({ fstab }: DiskQuestion, mountPoint: string): boolean {
  return fstab.known && fstab.value.some((line) => line.mountPoint === mountPoint && line.required);
}

function lyingOn(reader: Reader, question: DiskQuestion, mount: MountFact): Found {
  const { source, type, mountPoint } = mount;
  if (MEMORY_TYPES.has(type)) return [known([])];
  if (NETWORK_TYPES.has(type)) return overNetwork(question, mountPoint, serverOf(source));
  if (type === "autofs") return [unknown(`${mountPoint} is a place where nothing is mounted yet`)];
  if (type === "overlay") return underOverlay(reader, question, mount);
  if (type === "zfs") return onPool(reader, question, source.split("/")[0] ?? source);
  return found(reader, question, source, () => blockNames(reader, source, type));
}

function overNetwork({ network }: DiskQuestion, what: string, server: string): Found {
  const cards = network(server);
  return [
    cards.length > 0
      ? known(cards)
      : unknown(`${what} is on another machine, and which network card leads there is unknown`),
  ];
}

/** As nfs(5), cifs and their kin write a source: `server:/path`, `//server/share`. */
function serverOf(source: string): string {
  return /^(?:\/\/)?([^:/]+)[:/]/.exec(source)?.[1] ?? "";
}

/** An overlay's folders are on other mounts (live systems, overlayroot); those of a container are out of sight. */
function underOverlay(
  reader: Reader,
  question: DiskQuestion,
  { mountPoint, folders = [] }: MountFact,
): Found {
  const others = question.mounts.filter((mount) => mount.mountPoint !== mountPoint);
  const away = unknown(`${mountPoint} is an overlay of file systems that are not mounted here`);
  if (folders.length === 0) return [away];
  return together(
    folders.map((folder) => {
      const mount = mountOf(others, folder);
      return mount === undefined ? [away] : lyingOn(reader, { ...question, mounts: others }, mount);
    }),
  );
}

/** All that is known as one fact, and the first reason for what is not. */
function together(all: readonly Found[]): Found {
  const facts = all.flat();
  const seen = facts.flatMap((fact) => (fact.known ? [fact.value] : []));
  const dark = facts.find((fact) => !fact.known);
  const addresses = [...new Set(seen.flat())].sort();
  if (dark === undefined) return [known(addresses)];
  return addresses.length === 0 ? [dark] : [known(addresses), dark];
}

/** @param names Of the block devices; none where the place lies on none. */
function found(reader: Reader, question: DiskQuestion, what: string, names: () => readonly string[]): Found {
  try {
    const fact = attempt(
      BLOCK,
      () => {
        const all = names();
        return all.length === 0 ? undefined : below(reader, all);
      },
      `${what} is no block device here`,
    );
    if (!fact.known) return [fact];
    const { controllers, files, servers, zvol, dark } = fact.value;
    return together([
      [known([...controllers])],
      ...files.map((file) => holding(reader, question, what, file)),
      ...servers.map((server) => overNetwork(question, what, server)),
      ...(zvol ? [onSomePool(reader, question, what)] : []),
      dark.map(unknown),
    ]);
  } catch (error) {
    if (error instanceof NotToBeFound) return [unknown(error.message)];
    throw error;
  }
}

/** What the file system lies on that holds the file of a loop device. */
function holding(reader: Reader, question: DiskQuestion, what: string, file: string): Found {
  const { mounts } = question;
  const mount = mountOf(mounts, file);
  return mount === undefined || mount.source === what
    ? [unknown(`${what} lies on the file ${file}, which is on no mount here`)]
    : lyingOn(reader, { ...question, mounts: mounts.filter((one) => one !== mount) }, mount);
}

// --- Swap ----------------------------------------------------------------------------------------------------

/** In use (/proc/swaps), and what /etc/fstab names beside. A swap file lies on a file system of this list. */
function swaps(reader: Reader, question: DiskQuestion): Place[] {
  const { fstab } = question;
  const lines = (fstab.known ? fstab.value : []).filter(({ type }) => type === "swap");
  const node = (source: string): string | undefined => {
    const path = devicePath(source);
    return path === undefined ? undefined : nodeOf(reader, path);
  };
  const text = attempt(SWAPS, () => reader.readText(SWAPS));
  const used = (text.known ? text.value : "").split("\n").flatMap((line) => {
    const [source = "", kind] = line.split(/\s+/);
    return kind === "partition" && !/^\/dev\/z?ram\d/.test(source) ? [source] : [];
  });
  const place = (source: string, needed: boolean): Place => ({
    holds: `swap on ${source}`,
    needed,
    find: () => found(reader, question, source, () => blockNames(reader, source, "swap")),
  });
  const nodes = used.map(node);
  return [
    ...used.map((source, index) =>
      place(
        source,
        lines.some((line) => line.required && node(line.source) === nodes[index]),
      ),
    ),
    ...lines.flatMap((line) => {
      const path = devicePath(line.source);
      const isUsed = path === undefined || nodes.includes(node(line.source));
      return isUsed ? [] : [place(path, line.required)];
    }),
  ];
}

/** The kernel's name of a block device, else the path as it is. */
function nodeOf(reader: Reader, path: string): string {
  try {
    return blockName(reader, path) ?? path;
  } catch (error) {
    if (error instanceof NotToBeFound || isRefusal(error)) return path;
    throw error;
  }
}

// --- ZFS, and the ESPs of proxmox-boot-tool ------------------------------------------------------------------

function onPool(reader: Reader, question: DiskQuestion, pool: string): Found {
  const members = poolMembers(reader, pool);
  if (!members.known) return [members];
  return together(
    members.value.map((path) => found(reader, question, path, () => blockNames(reader, path, "zfs"))),
  );
}

/** Where there is one pool, a volume is of that. A pool may lie on volumes of its own kind, so it is asked once. */
function onSomePool(reader: Reader, question: DiskQuestion, what: string): Found {
  const [pool, ...others] = importedPools(reader);
  return pool === undefined || others.length > 0 || question.inPool === true
    ? [unknown(`${what} is a volume of a ZFS pool, and which pool's is unknown`)]
    : onPool(reader, { ...question, inPool: true }, pool);
}

/** Pools of which nothing is mounted: their volumes may be the disks of virtual machines. */
function pools(reader: Reader, question: DiskQuestion): Place[] {
  const isMounted = (pool: string): boolean =>
    question.mounts.some(({ type, source }) => type === "zfs" && source.split("/")[0] === pool);
  const place = (pool: string, holds: string): Place[] =>
    isMounted(pool) ? [] : [{ holds, needed: false, find: () => onPool(reader, question, pool) }];
  return [
    ...importedPools(reader).flatMap((pool) => place(pool, `the ZFS pool ${pool}`)),
    ...labelledPools(reader).flatMap((pool) => place(pool, `disks of the ZFS pool ${pool}`)),
  ];
}

function proxmoxEsps(reader: Reader, question: DiskQuestion): Place[] {
  const lines = readProxmoxEsps(reader);
  const uuids = (lines.known ? lines.value : []).map(({ uuid }) => uuid.trim());
  return uuids.filter(isUuid).map((uuid) => {
    const path = `/dev/disk/by-uuid/${uuid}`;
    return {
      holds: `the ESP ${uuid}`,
      needed: true,
      find: () => found(reader, question, path, () => blockNames(reader, path, "vfat")),
    };
  });
}

// --- Volumes -------------------------------------------------------------------------------------------------

/** Active volumes and RAIDs that no place above lies on: LVM's for virtual machines, an array that is not mounted. */
function volumes(reader: Reader, question: DiskQuestion): HostDisk[] {
  const { mounts, fstab } = question;
  const sources = [
    ...mounts.map(({ source }) => source),
    ...(fstab.known ? fstab.value.flatMap(({ source }) => devicePath(source) ?? []) : []),
  ].filter((source) => source.startsWith("/dev/"));
  const names = attempt(BLOCK, () => reader.list(BLOCK));
  const virtual = (names.known ? names.value : []).filter((name) => /^(?:dm-|md|bcache)\d+$/.test(name));
  const used = new Set(sources.map((source) => nodeOf(reader, source)));
  for (const name of [...used, ...virtual]) {
    for (const passed of throughOf(reader, name)) if (used.has(name) || passed !== name) used.add(passed);
  }
  return virtual
    .filter((name) => !used.has(name))
    .flatMap((name) =>
      found(reader, question, name, () => [name]).map((addresses) => ({
        holds: `the volume ${mapperName(reader, name) ?? name}`,
        needed: false,
        addresses,
      })),
    );
}

function throughOf(reader: Reader, name: string): readonly string[] {
  try {
    return [...below(reader, [name]).through];
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}

/** The machine does not let it be read (a link without end, no permission); a gap in a capture is another thing. */
function isRefusal(error: unknown): boolean {
  return error instanceof HostError && !isGap(error);
}
