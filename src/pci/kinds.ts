import type { PciDevice } from "../model/index.ts";

/**
 * Host bridges, and those with a second bus behind them: PCI to PCI, CardBus, semi-transparent PCI to PCI
 * (PCI Code and ID Assignment Specification, base class 06).
 */
const BRIDGE_CLASSES = new Set(["0600", "0604", "0607", "0609"]);

/**
 * Whether a group may hold this device beside one that a virtual machine gets. Until Linux 5.18 VFIO let pass
 * whatever has a bridge header (drivers/vfio/vfio.c), since then the port driver says that it does no DMA of its
 * own (`driver_managed_dma`). An ISA bridge (0601) is, for all its name, an endpoint with a driver.
 */
export function isBridge(device: Pick<PciDevice, "class">): boolean {
  return BRIDGE_CLASSES.has(device.class.slice(0, 4));
}

/** Bridges to ISA, EISA and MCA: parts of the chipset that the host's own firmware and clocks are behind. */
const CHIPSET_BRIDGES = new Set(["0601", "0602", "0603"]);

/**
 * Whether a device is nothing that a virtual machine could be given. vfio-pci takes none with a bridge's header
 * (vfio_pci_core_register_device). What is called "other bridge" (0680) may be an endpoint like NVIDIA's NVSwitch.
 */
export function isNothingToGive({
  class: code,
  headerType,
}: Pick<PciDevice, "class" | "headerType">): boolean {
  return isBridge({ class: code }) || CHIPSET_BRIDGES.has(code.slice(0, 4)) || headerType !== undefined;
}

/** By base class and, where people know it by that, subclass. */
const PLAIN_NAMES: Readonly<Record<string, string>> = {
  "01": "Storage controller",
  "0106": "SATA controller",
  "0108": "NVMe controller",
  "02": "Network controller",
  "0200": "Ethernet controller",
  "03": "Display controller",
  "0300": "VGA compatible controller",
  "0302": "3D controller",
  "04": "Multimedia controller",
  "0403": "Audio device",
  "05": "Memory controller",
  "06": "Bridge",
  "0600": "Host bridge",
  "0601": "ISA bridge",
  "0604": "PCI bridge",
  "07": "Communication controller",
  "08": "System peripheral",
  "0806": "IOMMU",
  "09": "Input device controller",
  "0a": "Docking station",
  "0b": "Processor",
  "0c": "Serial bus controller",
  "0c03": "USB controller",
  "0c05": "SMBus",
  "0d": "Wireless controller",
  "0e": "Intelligent controller",
  "0f": "Satellite communications controller",
  "10": "Encryption controller",
  "11": "Signal processing controller",
  "12": "Processing accelerator",
};

/** What a class is called where pci.ids does not say. @param code Six hex digits. */
export function plainClassName(code: string): string {
  return (
    PLAIN_NAMES[code.slice(0, 4)] ?? PLAIN_NAMES[code.slice(0, 2)] ?? `Device of class ${code.slice(0, 4)}`
  );
}
