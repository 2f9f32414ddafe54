import { posix } from "node:path";
import { attempt } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import type { Fact, PciDevice } from "../model.ts";
import { compareAddresses } from "./address.ts";
import { PCI_IDS_PATHS, pciNames, trimPciIds } from "./ids.ts";

const DEVICES = "/sys/bus/pci/devices";

/**
 * The PCI devices in address order, from sysfs (Documentation/ABI/testing/sysfs-bus-pci) and pci.ids. All of it
 * is readable without root; configuration space is not read.
 *
 * A device that is unplugged while it is read is left out. An attribute that cannot be read for another reason
 * makes the whole fact unknown: a list with a hole would let a selector resolve to the wrong device.
 */
export function readPciDevices(reader: Reader): Fact<readonly PciDevice[]> {
  return attempt(
    "the PCI devices",
    () => {
      const addresses = reader.list(DEVICES);
      if (addresses === undefined) return undefined;
      const found = addresses.flatMap((address) => readPresent(reader, address) ?? []);
      return withNames(reader, found).sort((a, b) => compareAddresses(a.address, b.address));
    },
    `there is no ${DEVICES}`,
  );
}

type Nameless = Omit<PciDevice, "names">;

function readPresent(reader: Reader, address: string): Nameless | undefined {
  try {
    return readDevice(reader, address);
  } catch (error) {
    // What open and read answer for a file of sysfs whose device has just gone.
    if (error instanceof HostError && (error.code === "ENODEV" || error.code === "ENOENT")) return undefined;
    throw error;
  }
}

function readDevice(reader: Reader, address: string): Nameless | undefined {
  const path = reader.realPath(posix.join(DEVICES, address));
  if (path === undefined) return undefined;
  const attribute = (name: string) => reader.readText(posix.join(path, name))?.trim();
  const hex = (name: string) => attribute(name)?.replace(/^0x/, "");
  const link = (name: string) => {
    const target = reader.readLink(posix.join(path, name));
    return target === undefined ? undefined : posix.basename(target);
  };

  const [vendor, device, code] = [hex("vendor"), hex("device"), hex("class")];
  if (vendor === undefined || device === undefined || code === undefined) return undefined;
  const [driver, group, bootVga] = [link("driver"), link("iommu_group"), attribute("boot_vga")];
  return {
    address,
    path,
    vendor,
    device,
    // The kernel shows these for every device, zeros where there is none; `revision` came with Linux 4.10.
    subsystemVendor: hex("subsystem_vendor") ?? "0000",
    subsystemDevice: hex("subsystem_device") ?? "0000",
    class: code,
    revision: hex("revision") ?? "00",
    ...(driver !== undefined && { driver }),
    ...(bootVga !== undefined && { bootVga: bootVga === "1" }),
    ...(group !== undefined && { iommuGroup: Number(group) }),
  };
}

function withNames(reader: Reader, devices: readonly Nameless[]): PciDevice[] {
  // Trimmed first, the 1.4 MB are searched once a vendor and class, not once a device.
  const ids = devices.length === 0 ? "" : trimPciIds(readPciIds(reader), devices);
  return devices.map((device) => ({ ...device, names: pciNames(ids, device) }));
}

/** Names are a courtesy: a data base that cannot be read counts as not installed. */
function readPciIds(reader: Reader): string {
  for (const path of PCI_IDS_PATHS) {
    const text = attempt(path, () => reader.readText(path));
    if (text.known) return text.value;
  }
  return "";
}
