import type { Reader } from "../host/reader.ts";
import type { Fact, IommuFacts, IommuGroup } from "../model/index.ts";
import { attempt } from "./fact.ts";

const SYSFS = "/sys/kernel";
const GROUPS = "/sys/kernel/iommu_groups";
const TABLES = "/sys/firmware/acpi/tables";
const CPUS = "/proc/cpuinfo";

/** Whether this host has an IOMMU, whether the kernel uses it, and how it groups the devices. */
export function readIommu(reader: Reader): IommuFacts {
  return {
    groups: readGroups(reader),
    firmwareTables: readTables(reader),
    cpuVendor: readCpuVendor(reader),
  };
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
    return kinds === undefined ? undefined : ["DMAR", "IVRS"].filter((kind) => kinds.includes(kind));
  });
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
