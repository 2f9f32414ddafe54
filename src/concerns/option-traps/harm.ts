import { isTrue, stopsRemapping } from "../../pci/interrupt-remapping.ts";
import type { Trap } from "./trap.ts";
import { LEAVE_OUT } from "./trap.ts";

/** Options that do what they say, and take away what a virtual machine with a device needs. */
export function harmOf(name: string, value: string | undefined): Trap[] {
  const words = (value ?? "").split(",");
  const says = (word: string): boolean => words.some((given) => given.startsWith(word));
  if (stopsRemapping(name, value)) return [NO_REMAPPING];
  switch (name) {
    case "acpi":
      return says("off") ? [NO_TABLES] : [];
    case "iommu":
      return says("soft") ? [BOUNCE_BUFFERS] : [];
    case "pci":
      return says("nommconf") ? [NO_EXTENDED_SPACE] : [];
    case "vfio.enable_unsafe_noiommu_mode":
      return isTrue(value) ? [NO_ISOLATION] : [];
    default:
      return [];
  }
}

/** drivers/vfio/vfio_iommu_type1.c; iommufd asks the same. */
const NO_REMAPPING: Trap = {
  summary:
    'without interrupt remapping VFIO refuses every device ("No interrupt remapping support"): a virtual machine could send interrupts to this host',
  hint: `${LEAVE_OUT}; vfio_iommu_type1.allow_unsafe_interrupts=1 overrules VFIO, and takes that risk`,
};

const NO_TABLES: Trap = {
  summary: "acpi=off hides the firmware's tables, and with them the IOMMU: no device can be handed over",
  hint: LEAVE_OUT,
};

/** Before 5.18 the search for an IOMMU ended where bounce buffers were asked for (IOMMU_INIT_FINISH). */
const BOUNCE_BUFFERS: Trap = {
  summary:
    "iommu=soft asks for bounce buffers in software: kernels before Linux 5.18 then leave the IOMMU off, newer ones gain nothing",
  hint: LEAVE_OUT,
};

const NO_EXTENDED_SPACE: Trap = {
  summary:
    "pci=nommconf hides the extended configuration space, and ACS with it: ports then keep nothing apart, and groups grow",
  hint: LEAVE_OUT,
};

const NO_ISOLATION: Trap = {
  summary:
    "vfio.enable_unsafe_noiommu_mode hands devices over without any isolation: such a device reads and writes all of this host's memory, and QEMU does not take it",
  hint: `${LEAVE_OUT}, and switch the IOMMU on in the firmware`,
};
