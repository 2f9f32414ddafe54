import type { IommuFacts } from "../model/index.ts";
import type { Maker } from "./iommu-options.ts";

/** Why a machine has no IOMMU that Linux could use, whatever its options say. */
export interface NoIommu {
  /** One clause. */
  readonly cause: string;
  /** What to do, in the imperative. */
  readonly remedy: string;
  /** Another kernel, or more of this boot's log, could show that it is otherwise. */
  readonly doubtful?: true;
}

/** For a host whose groups are known to be none; undefined where the firmware announces an IOMMU for x86, or nothing is known. */
export function noIommuHere(iommu: IommuFacts): NoIommu | undefined {
  const { machine, firmwareTables } = iommu;
  const on = machine?.runsOn.known === true ? machine.runsOn.value : undefined;
  const tables = firmwareTables.known ? firmwareTables.value : undefined;
  if (on?.kind === "xen-dom0" || tables?.includes("XMAR") === true)
    return {
      cause: "Xen is below this system and keeps the IOMMU to itself",
      remedy:
        "hand devices to Xen's own guests (xen-pciback, xl pci-assignable-add), or boot this kernel without Xen; VFIO is not the means here",
    };
  if (tables === undefined && on?.kind === "guest") return inGuest(on.hypervisor);
  if (tables === undefined)
    return machine?.deviceTree.known === true ? byDeviceTree(machine.deviceTree.value) : undefined;
  if (tables.includes("DMAR") || tables.includes("IVRS")) return undefined;
  // A guest's IORT is there without an SMMU too, for it tells the way of interrupts.
  const announced = on?.kind === "guest" && !tables.includes("VIOT") ? undefined : withOtherTable(tables);
  if (announced !== undefined) return announced;
  if (on?.kind === "guest") return inGuest(on.hypervisor);
  const processor = machine?.processor.known === true ? machine.processor.value : "x86";
  switch (processor) {
    case "x86":
      return onBareX86(iommu);
    case "arm":
      return {
        cause: "the firmware announces no IOMMU (no IORT table)",
        remedy: "switch the SMMU on in the firmware's settings, or the machine has none",
      };
    case "riscv":
      return {
        cause: "the firmware announces no IOMMU (no RIMT table)",
        remedy: "update the firmware, or the machine has none",
      };
    case "other":
      return {
        cause: "the firmware announces no IOMMU",
        remedy: "look in the firmware's settings for one, or the machine has none",
      };
  }
}

/** A table that the kernel reads, and yet no groups. */
function withOtherTable(tables: readonly string[]): NoIommu | undefined {
  if (tables.includes("VIOT"))
    return {
      cause: "the hypervisor announces a virtio-iommu (VIOT table), yet the kernel uses none",
      remedy:
        "boot a kernel with the driver virtio_iommu (CONFIG_VIRTIO_IOMMU), which must be loaded before the drivers of the other devices, and look in the boot log (dmesg | grep -i iommu)",
      doubtful: true,
    };
  if (tables.includes("IORT"))
    return {
      cause: "the firmware describes its devices' ways to memory (IORT table), yet the kernel uses no SMMU",
      remedy:
        "switch the SMMU on in the firmware's settings, and boot a kernel with its driver (CONFIG_ARM_SMMU_V3, CONFIG_ARM_SMMU); the boot log says more (dmesg | grep -i -e smmu -e iort)",
      doubtful: true,
    };
  if (tables.includes("RIMT"))
    return {
      cause: "the firmware announces an IOMMU (RIMT table), yet the kernel uses none",
      remedy:
        "boot a kernel with its driver (CONFIG_RISCV_IOMMU), and look in the boot log (dmesg | grep -i iommu)",
      doubtful: true,
    };
  return undefined;
}

/** What gives a guest an IOMMU, by its hypervisor. */
const FOR_GUESTS: Readonly<Record<string, string>> = {
  QEMU: "add one to the virtual machine, on the host that runs it (QEMU: -device intel-iommu or virtio-iommu-pci, on Arm -machine virt,iommu=smmuv3; libvirt: <iommu model='intel'/>; Proxmox: machine viommu=intel)",
  VMware:
    "switch on “Expose IOMMU to the guest OS” in the virtual machine's processor settings (vvtd.enable)",
  VirtualBox: "give it one, on the host: VBoxManage modifyvm NAME --iommu=intel (or amd)",
  "Hyper-V": "use another machine: Hyper-V gives its guests no IOMMU that VFIO could use",
};

function inGuest(hypervisor: string | undefined): NoIommu {
  const whose = hypervisor === undefined ? "of a hypervisor" : `of ${hypervisor}`;
  const given = hypervisor === undefined ? undefined : FOR_GUESTS[hypervisor];
  return {
    cause: `this system is a guest ${whose}, which gives it no IOMMU`,
    remedy:
      given ??
      "let the hypervisor give it one (a vIOMMU), where it can; no firmware setting of the guest helps",
  };
}

function onBareX86({ cpuVendor }: IommuFacts): NoIommu {
  const maker = cpuVendor.known && cpuVendor.value !== "other" ? cpuVendor.value : undefined;
  return {
    cause: "the firmware announces no IOMMU (no DMAR or IVRS table)",
    remedy: `switch on ${firmwareSwitch(maker)} in the BIOS; where it has no such switch, the processor or the board has none`,
  };
}

/** What BIOS menus call it. */
function firmwareSwitch(maker: Maker | undefined): string {
  if (maker === undefined) return "VT-d or AMD-Vi (IOMMU)";
  return maker === "intel" ? "VT-d" : "AMD-Vi (IOMMU)";
}

function byDeviceTree(there: boolean): NoIommu | undefined {
  if (!there) return undefined;
  return {
    cause: "the device tree, by which this machine is described, gives no IOMMU to its PCI devices",
    remedy:
      "use a kernel and a device tree whose PCI host bridge has the property iommu-map (or iommus), where the chip has an IOMMU for it at all",
    doubtful: true,
  };
}
