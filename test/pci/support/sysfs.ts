import { posix } from "node:path";
import type { PciDevice } from "../../../src/model/index.ts";
import type { Content } from "../../support/host.ts";

/** The files that the kernel shows for these devices. */
export function sysfsOf(devices: readonly PciDevice[]): Record<string, Content> {
  return Object.assign({ "/sys/bus/pci/devices": { folder: true } }, ...devices.map(filesOf)) as Record<
    string,
    Content
  >;
}

function filesOf(device: PciDevice): Record<string, Content> {
  const link = `/sys/bus/pci/devices/${device.address}`;
  const files: Record<string, Content> = {
    [link]: { link: posix.relative(posix.dirname(link), device.path) },
    [`${device.path}/vendor`]: `0x${device.vendor}\n`,
    [`${device.path}/device`]: `0x${device.device}\n`,
    [`${device.path}/subsystem_vendor`]: `0x${device.subsystemVendor}\n`,
    [`${device.path}/subsystem_device`]: `0x${device.subsystemDevice}\n`,
    [`${device.path}/class`]: `0x${device.class}\n`,
    [`${device.path}/revision`]: `0x${device.revision}\n`,
  };
  if (device.bootVga !== undefined) files[`${device.path}/boot_vga`] = device.bootVga ? "1\n" : "0\n";
  if (device.driver !== undefined) {
    files[`${device.path}/driver`] = { link: `../../../bus/pci/drivers/${device.driver}` };
  }
  if (device.iommuGroup !== undefined) {
    files[`${device.path}/iommu_group`] = { link: `../../../kernel/iommu_groups/${device.iommuGroup}` };
  }
  return files;
}
