/** Device/port types of the PCI Express capability (PCI Express Base Specification, 7.5.3.2). */
export const ENDPOINT = 0;
export const LEGACY_ENDPOINT = 1;
export const ROOT_PORT = 4;
export const UPSTREAM_PORT = 5;
export const DOWNSTREAM_PORT = 6;
/** PCI Express to conventional PCI. */
export const PCIE_TO_PCI = 7;
/** Conventional PCI to PCI Express. */
export const PCI_TO_PCIE = 8;
/** Root complex integrated endpoint. */
export const INTEGRATED_ENDPOINT = 9;
export const EVENT_COLLECTOR = 10;

/** Where a link leads down: `pcie_downstream_port` of the kernel. */
export function facesDown(pcieType: number | undefined): boolean {
  return pcieType === ROOT_PORT || pcieType === DOWNSTREAM_PORT || pcieType === PCI_TO_PCIE;
}

/**
 * The type as the kernel keeps it. A downstream port right below a port that faces down, and an upstream port right
 * below an upstream port, are impossible; the kernel corrects them and stores the corrected type in the wrong bits, so
 * that an endpoint comes of it (set_pcie_port_type in drivers/pci/probe.c, up to Linux 6.12 at least).
 */
export function keptType(claimed: number, above: number | undefined): number {
  const impossible =
    (claimed === DOWNSTREAM_PORT && facesDown(above)) ||
    (claimed === UPSTREAM_PORT && above === UPSTREAM_PORT);
  return impossible ? ENDPOINT : claimed;
}
