/** vfio-pci, or a driver made of it for one kind of device. */
export function isVfioDriver(driver: string | undefined): boolean {
  return driver !== undefined && /^vfio[-_]pci\b|[-_]vfio[-_]pci$/.test(driver);
}

/**
 * Whether a driver uses its device for the host, so that no device of the group can be given to a virtual machine. Those
 * that set `driver_managed_dma` do not: vfio-pci and its kin, pci-stub, and pcieport, which has all ports.
 */
export function isHostDriver(driver: string): boolean {
  return !isVfioDriver(driver) && driver !== "pci-stub" && driver !== "pcieport";
}
