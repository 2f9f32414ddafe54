import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import type { Fact } from "../model/index.ts";
import { BLOCK, NotToBeFound, below, blockNames, deviceBehind } from "./block-devices.ts";
import { known, unknown } from "./fact.ts";
import { readMounts } from "./mounts.ts";

export interface RootDrivers {
  /** Names of modules, with `_`. What is inside of the kernel has none. */
  readonly names: readonly string[];
  /** Why there may be others, a clause. */
  readonly unseen?: string | undefined;
}

/** By which this boot has its root: of its file system, and of each device on the way down to the disk (/proc/mounts, /sys). */
export function readRootDrivers(reader: Reader): RootDrivers {
  const mounts = readMounts(reader);
  if (!mounts.known) return { names: [], unseen: mounts.why };
  const root = mounts.value.findLast(({ mountPoint }) => mountPoint === "/");
  if (root === undefined) return { names: [], unseen: "no file system is mounted at /" };
  const devices = ofDevices(reader, root);
  const names = [root.type, ...(devices.known ? devices.value : [])].map((name) => name.replaceAll("-", "_"));
  return { names: [...new Set(names)], unseen: devices.known ? undefined : devices.why };
}

function ofDevices(
  reader: Reader,
  { source, type }: { source: string; type: string },
): Fact<readonly string[]> {
  try {
    const { through, controllers } = below(reader, blockNames(reader, source, type));
    return known([
      ...[...through].flatMap((name) => ofBlockDevice(reader, name)),
      ...[...controllers].flatMap((address) => driverOf(reader, `/sys/bus/pci/devices/${address}`)),
    ]);
  } catch (error) {
    if (error instanceof NotToBeFound || error instanceof HostError) return unknown(error.message);
    throw error;
  }
}

function ofBlockDevice(reader: Reader, name: string): readonly string[] {
  const device = deviceBehind(reader, `${BLOCK}/${name}`) ?? "";
  const mapped = reader.readText(`${BLOCK}/${name}/dm/uuid`);
  const level = reader.readText(`${BLOCK}/${name}/md/level`)?.trim();
  return [
    ...(mapped === undefined ? [] : ["dm_mod"]),
    ...(mapped?.startsWith("CRYPT-") === true ? ["dm_crypt"] : []),
    ...(level === undefined ? [] : [/^raid[456]$/.test(level) ? "raid456" : level]),
    ...foldersUpFrom(device).flatMap((folder) => driverOf(reader, folder)),
  ];
}

/** Of a disk's block device up to the controller's: each has a driver of its own, as sd behind ahci. */
function foldersUpFrom(path: string): readonly string[] {
  return path.startsWith("/sys/devices/") ? [path, ...foldersUpFrom(posix.dirname(path))] : [];
}

function driverOf(reader: Reader, device: string): readonly string[] {
  const module = reader.readLink(`${device}/driver/module`);
  return module === undefined ? [] : [posix.basename(module)];
}
