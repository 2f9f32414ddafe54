import { posix } from "node:path";
import { attemptIfRecorded } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { PciDevice, VfioDeviceFacts } from "../model/index.ts";
import { slotAddress } from "./address.ts";

const SLOTS = "/sys/bus/pci/slots";

/** Says of a device whether it may come after the boot has begun. What cannot be read counts as no sign of that. */
export function comesHow(reader: Reader): (device: PciDevice) => Pick<VfioDeviceFacts, "comes"> {
  const slots = hotPlugSlots(reader);
  return (device) => {
    if (device.physicalFunction !== undefined) return { comes: "late" };
    const above = foldersOf(device.path);
    const plugged = slots.some((slot) => above.some((folder) => slotOf(folder) === slot));
    return plugged || above.some((folder) => isRemovable(reader, folder)) ? { comes: "any-time" } : {};
  };
}

/** Of the device and of each bridge above it. */
function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let at = path; /\.[0-7]$/.test(at); at = posix.dirname(at)) folders.push(at);
  return folders;
}

function slotOf(folder: string): string {
  return slotAddress(posix.basename(folder));
}

/** The kernel says so of all that is below a port to the outside, such as Thunderbolt's (sysfs-devices-removable). */
function isRemovable(reader: Reader, folder: string): boolean {
  const text = attemptIfRecorded("removable", () => reader.readText(`${folder}/removable`));
  return text.known && text.value.trim() === "removable";
}

/** Slots with a switch for their power (sysfs-bus-pci, `slots`); others are only known by their number. */
function hotPlugSlots(reader: Reader): readonly string[] {
  const found = attemptIfRecorded(SLOTS, () =>
    (reader.list(SLOTS) ?? [])
      .filter((name) => reader.lstat(`${SLOTS}/${name}/power`) !== undefined)
      .flatMap((name) => reader.readText(`${SLOTS}/${name}/address`)?.trim() ?? []),
  );
  return found.known ? found.value : [];
}
