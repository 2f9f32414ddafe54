import type { Reader } from "../host/reader.ts";
import type { DmarFlags, Fact, IommuFacts, IommuGroup } from "../model/index.ts";
import { attempt, attemptIfRecorded, known, unknown } from "./fact.ts";
import { readMachine } from "./machine.ts";
import { ifRecorded } from "./unrecorded.ts";

const SYSFS = "/sys/kernel";
const GROUPS = "/sys/kernel/iommu_groups";
const TABLES = "/sys/firmware/acpi/tables";
const CPUS = "/proc/cpuinfo";

/** Whether this host has an IOMMU, whether the kernel uses it, and how it groups the devices. */
export function readIommu(reader: Reader): IommuFacts {
  const all = readGroups(reader);
  const emulated = all.known ? all.value.filter((group) => isEmulated(reader, group)) : [];
  const tables = readTables(reader);
  return {
    groups: all.known ? known(all.value.filter((group) => !emulated.includes(group))) : all,
    ...(emulated.length > 0 && { emulatedGroups: emulated }),
    firmwareTables: tables,
    ...(!tables.known && readUnits(reader)),
    ...(tables.known && tables.value.includes("DMAR") && { dmar: readDmar(reader) }),
    cpuVendor: readCpuVendor(reader),
    machine: readMachine(reader, tables),
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * VFIO makes a group for a device that no IOMMU stands before (`enable_unsafe_noiommu_mode`), and for a mediated
 * device, whose name is a UUID; since Linux 5.14 it names them (drivers/vfio/group.c).
 */
function isEmulated(reader: Reader, { id, devices }: IommuGroup): boolean {
  const path = `${GROUPS}/${id}/name`;
  const name = attemptIfRecorded(path, () => reader.readText(path)?.trim());
  if (name.known && name.value.startsWith("vfio-")) return true;
  return devices.length > 0 && devices.every((device) => UUID.test(device));
}

/** sysfs-kernel-iommu_groups. Known and empty when no group is there; unknown only without sysfs. */
function readGroups(reader: Reader): Fact<readonly IommuGroup[]> {
  return attempt(
    GROUPS,
    () => {
      // The folder /sys of another root is there but empty.
      if (reader.stat(SYSFS) === undefined) return undefined;
      const ids = (reader.list(GROUPS) ?? []).filter((name) => /^[0-9]+$/.test(name)).map(Number);
      return ids
        .sort((a, b) => a - b)
        .map((id) => ({ id, devices: reader.list(`${GROUPS}/${id}/devices`) ?? [] }));
    },
    "there is no sysfs here",
  );
}

/**
 * The names alone tell, and they need no root. A container may hide the folder, so without it the tables are
 * unknown, not absent. The kernel numbers tables of one kind when there are several (sysfs-firmware-acpi).
 */
function readTables(reader: Reader): Fact<readonly string[]> {
  return attempt(TABLES, () => {
    const kinds = reader.list(TABLES)?.map((name) => name.replace(/[0-9]+$/, ""));
    return kinds === undefined ? undefined : KINDS.filter((kind) => kinds.includes(kind));
  });
}

const KINDS = ["DMAR", "IVRS", "IORT", "RIMT", "VIOT", "XMAR"];

/** A container may see these although it sees no tables. */
function readUnits(reader: Reader): Pick<IommuFacts, "units"> {
  const names = ifRecorded(() => reader.list("/sys/class/iommu")) ?? [];
  if (names.some((name) => /^dmar[0-9]+$/.test(name))) return { units: "intel" };
  return names.some((name) => /^ivhd[0-9]+$/.test(name)) ? { units: "amd" } : {};
}

/** Header, width of addresses, and the byte of flags. */
const DMAR_BYTES = 48;
const FLAGS = 37;

/** The content takes root, unlike the name. */
function readDmar(reader: Reader): Fact<DmarFlags> {
  const path = `${TABLES}/DMAR`;
  const head = attemptIfRecorded(path, () => reader.head(path, DMAR_BYTES));
  const flags = head.known && head.value.some((byte) => byte !== 0) ? head.value[FLAGS] : undefined;
  // Older captures have the name alone, as has a tree that was made of one.
  if (flags === undefined)
    return head.known || reader.privileged ? unknown(`what ${path} says is not at hand`) : head;
  return known({ optIn: (flags & 0x04) !== 0, forcedOff: (flags & 0x08) !== 0 });
}

function readCpuVendor(reader: Reader): IommuFacts["cpuVendor"] {
  return attempt(CPUS, () => {
    const text = reader.readText(CPUS);
    return text === undefined ? undefined : vendorOf(/^vendor_id\s*:\s*(\S+)/m.exec(text)?.[1]);
  });
}

/** CPUs without the line, such as Arm's, are others. */
function vendorOf(vendorId: string | undefined): "intel" | "amd" | "other" {
  if (vendorId === "GenuineIntel") return "intel";
  return vendorId === "AuthenticAMD" ? "amd" : "other";
}
