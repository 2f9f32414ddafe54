import { posix } from "node:path";
import { attempt, known, unknown } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { EspFacts, Fact, HostState, MountFact } from "../../model/index.ts";
import { readLoaderVariable } from "../efi-variables.ts";

/**
 * A partition that is mounted at exactly this place.
 *
 * @param absent The clause for a place where nothing is mounted.
 */
export function readPartition(
  reader: Reader,
  mounts: HostState["mounts"],
  mountPoint: string,
  absent: string,
): Fact<EspFacts> {
  if (!mounts.known) return mounts;
  const mount = mountAt(mounts.value, mountPoint);
  if (mount === undefined) return unknown(absent);
  const freeBytes = attempt(`the free space of ${mountPoint}`, () => reader.freeBytes(mountPoint));
  return known({ mountPoint, type: mount.type, freeBytes });
}

/** The same for the partition that the firmware starts the loader from: another one may have started this boot. */
export function readEsp(...of: Parameters<typeof readPartition>): Fact<EspFacts> {
  const esp = readPartition(...of);
  const [reader, mounts, mountPoint] = of;
  const mount = mounts.known ? mountAt(mounts.value, mountPoint) : undefined;
  if (!esp.known || mount === undefined) return esp;
  const elsewhere = startedElsewhere(reader, mount);
  return elsewhere === undefined ? esp : known({ ...esp.value, elsewhere });
}

function mountAt(mounts: readonly MountFact[], mountPoint: string): MountFact | undefined {
  return mounts.findLast((candidate) => candidate.mountPoint === mountPoint);
}

/**
 * systemd-boot leaves the identifier of the partition that it was started from (systemd.io, Boot Loader Interface); udev
 * names a link to the partition by it. A mirror of ESPs is one file system on several partitions.
 *
 * @returns One clause; undefined where it was this one, or nothing tells.
 */
function startedElsewhere(reader: Reader, { source, mountPoint }: MountFact): string | undefined {
  const identifier = readLoaderVariable(reader, "LoaderDevicePartUUID");
  if (!identifier.known || identifier.value === "") return undefined;
  const link = posix.join(BY_IDENTIFIER, identifier.value.toLowerCase());
  const found = attempt(link, () => [reader.realPath(link), reader.realPath(source)] as const);
  // Without udev's links of all partitions, one that is missing means nothing.
  const links = attempt(BY_IDENTIFIER, () => reader.list(BY_IDENTIFIER));
  if (!found.known || !links.known) return undefined;
  const [partition, mounted] = found.value;
  if (mounted === undefined || partition === mounted || !isPartition(reader, mounted)) return undefined;
  return `this boot's loader was started from another ESP (${partition ?? link}), not from ${mounted} at ${mountPoint}: what is there decides what boots next`;
}

const BY_IDENTIFIER = "/dev/disk/by-partuuid";

/** A mirror (md) or a mapped device is none. */
function isPartition(reader: Reader, device: string): boolean {
  const path = `/sys/class/block/${posix.basename(device)}/partition`;
  const partition = attempt(path, () => reader.stat(path) !== undefined);
  return partition.known && partition.value;
}
