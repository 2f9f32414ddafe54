import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import { BLOCK, NotToBeFound, below, blockNames, deviceBehind } from "./block-devices.ts";
import { readMounts } from "./mounts.ts";

/**
 * The modules, with `_`, by which this boot has its root: of its file system, and of each device on the way down to the disk. What
 * is inside of the kernel has none. What cannot be followed is left out.
 */
export function readRootDrivers(reader: Reader): readonly string[] {
  const mounts = readMounts(reader);
  const root = mounts.known ? mounts.value.findLast(({ mountPoint }) => mountPoint === "/") : undefined;
  if (root === undefined) return [];
  const names = [root.type, ...ofDevices(reader, root)].map((name) => name.replaceAll("-", "_"));
  return [...new Set(names)];
}

function ofDevices(reader: Reader, { source, type }: { source: string; type: string }): readonly string[] {
  try {
    const { through, controllers } = below(reader, blockNames(reader, source, type));
    return [
      ...[...through].flatMap((name) => ofBlockDevice(reader, name)),
      ...[...controllers].flatMap((address) => driverOf(reader, `/sys/bus/pci/devices/${address}`)),
    ];
  } catch (error) {
    if (error instanceof NotToBeFound || error instanceof HostError) return [];
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
