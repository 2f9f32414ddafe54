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
  const mount = mountAt(mounts, mountPoint, absent);
  return mount.known ? known(factsOf(reader, mount.value)) : mount;
}

/** The same for the partition that the firmware starts the loader from: another one may have started this boot. */
export function readEsp(
  reader: Reader,
  mounts: HostState["mounts"],
  mountPoint: string,
  absent: string,
): Fact<EspFacts> {
  const mount = mountAt(mounts, mountPoint, absent);
  if (!mount.known) return mount;
  const elsewhere = startedElsewhere(reader, mount.value);
  return known({ ...factsOf(reader, mount.value), ...(elsewhere === undefined ? {} : { elsewhere }) });
}

function mountAt(mounts: HostState["mounts"], mountPoint: string, absent: string): Fact<MountFact> {
  if (!mounts.known) return mounts;
  const mount = mounts.value.findLast((candidate) => candidate.mountPoint === mountPoint);
  return mount === undefined ? unknown(absent) : known(mount);
}

function factsOf(reader: Reader, { mountPoint, type }: MountFact): EspFacts {
  const freeBytes = attempt(`the free space of ${mountPoint}`, () => reader.freeBytes(mountPoint));
  return { mountPoint, type, freeBytes };
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
  const link = `/dev/disk/by-partuuid/${identifier.value.toLowerCase()}`;
  const found = attempt(link, () => [reader.realPath(link), reader.realPath(source)] as const);
  if (!found.known) return undefined;
  const [partition, mounted] = found.value;
  if (mounted === undefined || partition === mounted || isWhole(reader, mounted)) return undefined;
  return `this boot's loader was started from another ESP (${partition ?? link}), not from ${mounted} at ${mountPoint}: what is there decides what boots next`;
}

/** Neither a partition nor seen as one: a mirror (md), or a mapped device. */
function isWhole(reader: Reader, device: string): boolean {
  const path = `/sys/class/block/${device.split("/").at(-1) ?? ""}/partition`;
  const partition = attempt(path, () => reader.stat(path) !== undefined);
  return !partition.known || !partition.value;
}
