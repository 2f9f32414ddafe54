import { posix } from "node:path";
import { attempt, attemptIfRecorded, known, unknown } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import type { Fact, IommuFacts, PciDevice } from "../model/index.ts";
import { compareAddresses, functionNumber, slotAddress } from "./address.ts";
import { CONFIG_BYTES, decodeConfig } from "./config-space.ts";
import { PCI_IDS_PATHS, pciNames, trimPciIds } from "./ids.ts";

const DEVICES = "/sys/bus/pci/devices";

/**
 * The PCI devices in address order, from sysfs (Documentation/ABI/testing/sysfs-bus-pci) and pci.ids. All of it
 * is readable without root but for the capabilities in configuration space, which are facts of their own.
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

/** Devices without the groups that VFIO made for them without an IOMMU. */
export function inRealGroups(
  devices: Fact<readonly PciDevice[]>,
  { emulatedGroups = [] }: IommuFacts,
): Fact<readonly PciDevice[]> {
  const emulated = new Set(emulatedGroups.map(({ id }) => id));
  if (!devices.known || emulated.size === 0) return devices;
  return known(
    devices.value.map(({ iommuGroup, ...device }) =>
      iommuGroup === undefined || emulated.has(iommuGroup) ? device : { ...device, iommuGroup },
    ),
  );
}

/** The same devices; those with these addresses are asked whether they sleep (sysfs-bus-pci, `power_state`). */
export function withSleepers(
  reader: Reader,
  devices: readonly PciDevice[],
  asked: ReadonlySet<string>,
): readonly PciDevice[] {
  return devices.map((device) => {
    if (!asked.has(device.address)) return device;
    const state = attemptIfRecorded("power_state", () => reader.readText(`${device.path}/power_state`));
    return state.known && state.value.trim() === "D3cold" ? { ...device, asleep: true } : device;
  });
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
  const path = reader.realPath(`${DEVICES}/${address}`);
  if (path === undefined) return undefined;
  const attribute = (name: string) => reader.readText(`${path}/${name}`)?.trim();
  const hex = (name: string) => attribute(name)?.replace(/^0x/, "");
  const link = (name: string) => {
    const target = reader.readLink(`${path}/${name}`);
    return target === undefined ? undefined : posix.basename(target);
  };

  const [vendor, device, code] = [hex("vendor"), hex("device"), hex("class")];
  if (vendor === undefined || device === undefined || code === undefined) return undefined;
  const [driver, group] = [link("driver"), link("iommu_group")];
  const bootVga = code.startsWith("03") ? attribute("boot_vga") : undefined;
  const physicalFunction = link("physfn");
  const virtual = physicalFunction !== undefined;
  const space = readConfig(reader, address, path);
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
    ...space,
    ...(physicalFunction !== undefined && { physicalFunction }),
    ...(!virtual && couldBeAri(address, path) && attribute("ari_enabled") === "1" && { ari: true }),
  };
}

/** sysfs has them of PCI Express devices only (pcie_dev_attrs_are_visible in drivers/pci/pci-sysfs.c). */
const LINK_FILES = ["max_link_speed", "current_link_width"];

/** Only where a device number above 0 would have to be a function number: below a bridge, with function digit 0. */
function couldBeAri(address: string, path: string): boolean {
  const onRootBus = posix.basename(posix.dirname(path)).startsWith("pci");
  return !onRootBus && functionNumber(address) === 0 && !slotAddress(address).endsWith(":00");
}

function readConfig(
  reader: Reader,
  address: string,
  path: string,
): Pick<PciDevice, "config" | "multifunctionBit" | "headerType" | "silent" | "pcie"> {
  const what = "the configuration space";
  const bytes = attempt(what, () => reader.head(`${path}/config`, CONFIG_BYTES));
  if (!bytes.known) return { config: bytes };
  const { config, ...header } = decodeConfig(bytes.value, address.endsWith(":1f.0"));
  if (typeof config === "object") return { ...header, config: known(config) };
  const why =
    config === "truncated" ? `reading all of ${what} needs root` : "the device answers nothing but ones";
  const pcie = LINK_FILES.some((name) => reader.lstat(`${path}/${name}`) !== undefined);
  return { ...header, config: unknown(why), pcie };
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
