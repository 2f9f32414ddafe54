import { parseOption } from "../cmdline.ts";
import { suggest } from "./suggest.ts";

/**
 * Names of options that a passthrough or a boot depends on, so that one that is misspelt is a whole reboot for nothing:
 * what hostcfg itself reads or explains, and what guides have people write.
 *
 * From the kernel's kernel-parameters.txt (Linux 6.12) and modinfo of its modules; kernel-command-line(7) of systemd;
 * dracut.cmdline(7); initramfs-tools(7); the ACS override patch.
 */
export const OPTION_NAMES: readonly string[] = [
  // IOMMU, PCI and VFIO
  ...words(
    "amd_iommu amd_iommu_intr intel_iommu intremap iommu iommu.forcedac iommu.passthrough iommu.strict",
  ),
  ...words("kvm.ignore_msrs kvm.report_ignored_msrs kvm_amd.nested kvm_intel.nested"),
  ...words("pci pci-stub.ids pcie_acs_override pcie_aspm pcie_aspm.policy pcie_port_pm pcie_ports"),
  ...words("vfio-pci.disable_idle_d3 vfio-pci.disable_vga vfio-pci.ids vfio-pci.nointxmask"),
  ...words("vfio.enable_unsafe_noiommu_mode vfio_iommu_type1.allow_unsafe_interrupts"),
  // Who takes a device, and what shows the screen
  ...words(
    "fbcon initcall_blacklist module_blacklist modprobe.blacklist modules modules-load nomodeset video",
  ),
  ...words(
    "nouveau.modeset nvidia-drm.modeset rd.driver.blacklist rd.driver.post rd.driver.pre rd.modules-load",
  ),
  // Memory and processors of virtual machines
  ...words("default_hugepagesz hugepages hugepagesz isolcpus irqaffinity mitigations nohz_full rcu_nocbs"),
  ...words("transparent_hugepage"),
  // The boot itself
  ...words("console crashkernel earlycon loglevel panic quiet resume rootdelay rootwait splash"),
  ...words(
    "acpi_enforce_resources acpi_osi amd_pstate efi intel_pstate ivrs_acpihid ivrs_hpet ivrs_ioapic memmap",
  ),
  ...words(
    "net.ifnames nvme_core.default_ps_max_latency_us rd.systemd.mask rd.systemd.setenv rd.systemd.unit",
  ),
  ...words("rd.systemd.wants systemd.mask systemd.setenv systemd.unit systemd.wants"),
];

/**
 * Right as they are, and as like to one of those as a slip of the pen. Of the 990 names in kernel-parameters.txt and the
 * 4,700 parameters of modules in Debian 12's kernel these alone were.
 */
const OTHER_NAMES = words("acpi_sci boot_delay conmode kvm_intel.eptad nointremap noresume psi pti vmpanic");

const KNOWN = new Set([...OPTION_NAMES, ...OTHER_NAMES].map((name) => parseOption(name).name));

/** Names that nobody knows are many, and nearly all of them right: only what is very like is meant. */
const LETTERS_AN_EDIT = 7;

/** The name that was probably meant; undefined where the name is known, or like none. */
export function nearOptionName(name: string): string | undefined {
  return KNOWN.has(parseOption(name).name) ? undefined : suggest(name, OPTION_NAMES, LETTERS_AN_EDIT);
}

function words(line: string): readonly string[] {
  return line.split(" ");
}
