import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { Fact } from "../model/index.ts";
import { BLOCK } from "./block-devices.ts";
import { attempt, attemptIfRecorded, known, unknown } from "./fact.ts";

const KSTAT = "/proc/spl/kstat/zfs";
export const POOL_CACHE = "/etc/zfs/zpool.cache";
export const UDEV_DATA = "/run/udev/data";
/** A cache of a hundred drives has some ten thousand bytes. */
const CACHE_BYTES = 1 << 20;

/** The pools that this host has imported: the module has a folder for each, and the cache names those of the start. */
export function importedPools(reader: Reader): readonly string[] {
  const folders = attempt(KSTAT, () =>
    reader.list(KSTAT)?.filter((name) => reader.stat(`${KSTAT}/${name}`)?.kind === "directory"),
  );
  return [...new Set([...(folders.known ? folders.value : []), ...readCache(reader).keys()])].sort();
}

/**
 * Pools that disks are labelled with, where nothing says which are imported: without the module none is, but its folder
 * may only be out of sight.
 */
export function labelledPools(reader: Reader): readonly string[] {
  const folders = attemptIfRecorded(KSTAT, () => reader.list(KSTAT));
  if (folders.known) return [];
  const imported = importedPools(reader);
  const pools = [...new Set(labelledDisks(reader).map(({ pool }) => pool))].sort();
  return pools.filter((pool) => !imported.includes(pool));
}

/** Block devices that are parts of a pool, by udev's data. */
function labelledDisks(reader: Reader): readonly { readonly name: string; readonly pool: string }[] {
  const disks = attemptIfRecorded(UDEV_DATA, () =>
    (reader.list(BLOCK) ?? []).flatMap((name) => {
      const number = reader.readText(posix.join(BLOCK, name, "dev"))?.trim();
      const data = number === undefined ? "" : (reader.readText(`${UDEV_DATA}/b${number}`) ?? "");
      const pool = /^E:ID_FS_TYPE=zfs_member$/m.test(data) ? labelOf(data) : undefined;
      return pool === undefined ? [] : [{ name, pool }];
    }),
  );
  return disks.known ? disks.value : [];
}

/** The paths of the block devices that a pool lies on: by udev's data, else by the cache. */
export function poolMembers(reader: Reader, pool: string): Fact<readonly string[]> {
  const labelled = labelledDisks(reader).filter((disk) => disk.pool === pool);
  if (labelled.length > 0) return known(labelled.map(({ name }) => `/dev/${name}`));
  const cached = readCache(reader).get(pool);
  if (cached !== undefined && cached.length > 0) return known(cached);
  return unknown(`neither udev nor ${POOL_CACHE} says which disks the ZFS pool ${pool} lies on`);
}

function labelOf(data: string): string | undefined {
  return /^E:ID_FS_LABEL=(.*)$/m.exec(data)?.[1];
}

/** By pool, the paths of its devices. */
function readCache(reader: Reader): ReadonlyMap<string, readonly string[]> {
  const bytes = attempt(POOL_CACHE, () => reader.head(POOL_CACHE, CACHE_BYTES));
  return bytes.known ? parsePoolCache(bytes.value) : new Map();
}

/**
 * What a packed list of names and values (XDR) holds: a pool's `name` comes before the `path` of each of its devices.
 * All texts are looked at in their order; a text has its length before it and ends at four bytes. A length of 32 and more
 * looks like a letter in front.
 */
export function parsePoolCache(bytes: Uint8Array): Map<string, string[]> {
  const texts = [
    ...Buffer.from(bytes)
      .toString("latin1")
      .matchAll(/[\x20-\x7e]{2,}/g),
  ].map(([text]) => withoutLength(text));
  const pools = new Map<string, string[]>();
  let pool: string[] | undefined;
  texts.forEach((text, index) => {
    const next = texts[index + 1] ?? "";
    if (text === "name" && !pools.has(next)) pools.set(next, (pool = []));
    if (text === "path" && next.startsWith("/dev/")) pool?.push(next);
  });
  return pools;
}

function withoutLength(text: string): string {
  return text.charCodeAt(0) === text.length - 1 && !text.startsWith("/dev/") ? text.slice(1) : text;
}

/** All that is read of the cache, as it may be sent to others: it holds the host's name and numbers of drives too. */
export function trimPoolCache(bytes: Uint8Array): Uint8Array {
  const kept = [...parsePoolCache(bytes)].map(([pool, paths]) =>
    ["name", pool, ...paths.flatMap((path) => ["path", path]), ""].join("\0"),
  );
  return Buffer.from(kept.join(""), "latin1");
}

/** All that is read of udev's data: the rest has serial numbers. */
export function trimUdevData(text: string): string {
  return text.replace(/^(?!E:ID_FS_(?:TYPE|LABEL)=).*\n?/gm, "");
}
