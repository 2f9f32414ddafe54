import { describe, expect, it } from "vitest";
import { trapsOf } from "../../../src/concerns/option-traps/option-traps.ts";
import type { TrapMachine } from "../../../src/concerns/option-traps/trap.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const ANY: TrapMachine = {};
const INTEL: TrapMachine = { iommu: "intel", initramfs: "initramfs-tools" };
const AMD: TrapMachine = { iommu: "amd", initramfs: "initramfs-tools" };
const OTHER: TrapMachine = { iommu: "other" };
const ids = (count: number): string => Array<string>(count).fill("id:10de:2206").join(",");

describe("an option that is no use", () => {
  it.each<readonly [string, TrapMachine, string]>([
    ["pcie_acs_override=downstream;multifunction", ANY, "ignores the rest"],
    ["pcie_acs_override=DOWNSTREAM", ANY, 'silently ignores "DOWNSTREAM"'],
    ["pcie_acs_override=Downstream", ANY, 'silently ignores "Downstream"'],
    ["pcie_acs_override=on", ANY, 'silently ignores "on"'],
    ["pcie_acs_override=downstream,multi", ANY, 'silently ignores "multi"'],
    ["pcie-acs-override=id:0x10de:0x2206", ANY, "misreads"],
    ["pcie_acs_override=id:10de:2206:1043:87d0", ANY, "misreads"],
    [`pcie_acs_override=${ids(16)}`, ANY, "keeps 15 ids"],
    ["pcie_acs_override", ANY, "does nothing without a value"],
    ["pcie_acs_override=", ANY, "does nothing without a value"],
    ["intel_iommu=1", INTEL, "intel_iommu=1 does nothing"],
    ["intel_iommu=yes", ANY, "intel_iommu=yes does nothing"],
    ["intel_iommu=ON", ANY, "intel_iommu=ON does nothing"],
    ["intel_iommu=pt", INTEL, "intel_iommu=pt does nothing"],
    ["intel_iommu=on,pt", INTEL, "intel_iommu=pt does nothing"],
    ["intel_iommu", INTEL, "does nothing without a value"],
    ["intel_iommu=on", AMD, "on an AMD machine"],
    ["intel_iommu=1", AMD, "on an AMD machine"],
    ["intel_iommu=on", OTHER, "no IOMMU of Intel"],
    ["amd_iommu=on", AMD, "amd_iommu=on does nothing"],
    ["amd_iommu=on", ANY, "amd_iommu=on does nothing"],
    ["amd_iommu=pt", AMD, "amd_iommu=pt does nothing"],
    ["amd_iommu=1", AMD, "amd_iommu=1 does nothing"],
    ["amd_iommu=pt", INTEL, "on an Intel machine"],
    ["amd_iommu=force_enable", OTHER, "no IOMMU of AMD"],
    ["iommu=on", INTEL, "iommu=on does nothing"],
    ["iommu=1", INTEL, "iommu=1 does nothing"],
    ["iommu=pt,yes", AMD, "iommu=yes does nothing"],
    ["iommu.passthrough=pt", ANY, "iommu.passthrough=pt does nothing"],
    ["intremap=disable", ANY, "intremap=disable does nothing"],
    ["pci=noacs", ANY, "pci=noacs does nothing"],
    ["pcie_aspm=disable", ANY, "pcie_aspm=disable does nothing"],
    ["vfio-pci.ids=10de2206", ANY, "no PCI id"],
    ["vfio-pci.ids=01:00.0", ANY, "no PCI id"],
    ["vfio-pci.ids=01:00", ANY, "no PCI id"],
    ["vfio_pci.ids=10de:2206;10de:1aef", ANY, "no PCI id"],
    ["pci-stub.ids=10de2206", ANY, "no PCI id"],
    ["video=efifb:off", ANY, "since Linux 5.15"],
    ["video=simplefb:off", ANY, "since Linux 5.15"],
    ["video=vesafb:off,efifb:off", ANY, "since Linux 5.15"],
    ["video=efifb:off,vesafb:off", ANY, "since Linux 5.15"],
    ["video=vesafb:off,efifb:off,simplefb:off", ANY, "reads the first item"],
    ["rd.driver.pre=vfio-pci,vfio_virqfd", ANY, "since Linux 6.2"],
    ["modules-load=vfio_virqfd", INTEL, "since Linux 6.2"],
    ["rd.driver.pre=vfio-pci", INTEL, "initramfs-tools makes the initrds"],
  ])("%s on %o is told: %s", (spelling, machine, words) => {
    const [trap, ...more] = trapsOf(spelling, machine);
    expect(trap?.summary).toContain(words);
    expect(trap?.hint).not.toBe("");
    expect(more).toEqual([]);
  });
});

describe("an option that hurts", () => {
  it.each([
    ["intremap=off", "VFIO refuses every device"],
    ["nointremap", "VFIO refuses every device"],
    ["intremap=nosid,off", "VFIO refuses every device"],
    ["iommu=soft", "before Linux 5.18"],
    ["pci=nommconf", "ACS with it"],
    ["pci=noats,nommconf", "ACS with it"],
    ["vfio.enable_unsafe_noiommu_mode=1", "without any isolation"],
    ["vfio.enable_unsafe_noiommu_mode", "without any isolation"],
    ["vfio.enable_unsafe_noiommu_mode=Y", "without any isolation"],
  ])("%s is told: %s", (spelling, words) => {
    expect(trapsOf(spelling, INTEL).map(({ summary }) => summary)).toEqual([expect.stringContaining(words)]);
  });
});

describe("no trap", () => {
  it.each<readonly [string, TrapMachine]>([
    ["pcie_acs_override=downstream,multifunction", INTEL],
    ["pcie_acs_override=multifunction,downstream", INTEL],
    ["pcie_acs_override=downstream,", INTEL],
    ["pcie_acs_override=id:10de:2206,id:1002:731F", INTEL],
    [`pcie_acs_override=${ids(15)}`, INTEL],
    ["amd_iommu=force_enable", AMD],
    ["amd_iommu=force_isolation", AMD],
    ["amd_iommu=off", AMD],
    ["amd_iommu=pgtbl_v2", AMD],
    ["iommu=memaper", AMD],
    ["iommu=pt", AMD],
    ["intel_iommu=on", INTEL],
    ["intel_iommu=on", ANY],
    // The kernel compares names with - as _ (parameqn() in kernel/params.c).
    ["intel-iommu=on", INTEL],
    ["intel_iommu=on,igfx_off", INTEL],
    ["intel_iommu=on,sm_on", INTEL],
    ["intel_iommu=off", INTEL],
    ["iommu=pt", INTEL],
    ["iommu=force", INTEL],
    ["iommu=noaperture", INTEL],
    ["iommu.passthrough=1", INTEL],
    ["iommu.strict=0", INTEL],
    ["intremap=no_x2apic_optout", INTEL],
    ["vfio.enable_unsafe_noiommu_mode=0", INTEL],
    ["vfio_iommu_type1.allow_unsafe_interrupts=1", INTEL],
    ["vfio-pci.ids=10de:2206,10de:1aef", INTEL],
    ["vfio_pci.ids=10de:2206:1043:87d0", INTEL],
    ["pci-stub.ids=10de:2206", INTEL],
    ["vfio-pci.disable_vga=1", INTEL],
    ["kvm.ignore_msrs=1", INTEL],
    ["pci=noats", INTEL],
    ["pci=assign-busses", INTEL],
    ["pci=resource_alignment=12@0000:01:00.0;0000:02:00.0,noaer", INTEL],
    ["pci=config_acs=1111011@0000:02:00.0", INTEL],
    ["pcie_aspm=off", INTEL],
    ["video=1024x768", INTEL],
    ["video=HDMI-A-1:1920x1080@60", INTEL],
    ["nomodeset", INTEL],
    ["modprobe.blacklist=nouveau", INTEL],
    ["rd.driver.pre=vfio-pci", ANY],
    ["mitigations=off", INTEL],
  ])("is %s on %o", (spelling, machine) => {
    expect(trapsOf(spelling, machine)).toEqual([]);
  });
});

describe("in a plan, a trap", () => {
  const { capture } = recordedHost("pop-x570");
  const declared = { kernelOptions: { present: ["a", "intel_iommu=on"] } };

  it("is a warning at its place in the spec, and judged by the host's own processor", async () => {
    const plan = await planOf(capture, declared);
    const found = plan.diagnostics.filter(({ code }) => code === "option-trap");
    expect(found.map(({ severity, specPath }) => [severity, specPath])).toEqual([
      ["warning", ["kernelOptions", "present", 1]],
    ]);
  });

  it("is judged by the firmware's tables before the processor", async () => {
    const tables = { "/sys/firmware/acpi/tables/IVRS": null, "/sys/firmware/acpi/tables/DMAR": "" };
    const intel = patched(capture, { ...tables, "/proc/cpuinfo": "vendor_id\t: GenuineIntel\n" });
    expect(codes(await planOf(intel, declared), "warning")).not.toContain("option-trap");
  });

  it("is seen where the groups are of a hypervisor's IOMMU", async () => {
    const guest = patched(capture, {
      "/sys/firmware/acpi/tables/IVRS": null,
      "/proc/cpuinfo": "vendor_id\t: GenuineIntel\n",
    });
    const found = (await planOf(guest, declared)).diagnostics.filter(({ code }) => code === "option-trap");
    expect(found.map(({ summary }) => summary)).toEqual([expect.stringContaining("no IOMMU of Intel")]);
  });
});

describe("two values for one name", () => {
  it.each(["proxmox-grub", "sd-boot-debian", "pop-x570", "proxmox-zfs", "ubuntu-grub"])(
    "are one error with one cause on %s",
    async (name) => {
      const present = ["mitigations=off", "mitigations=auto"];
      const plan = await planOf(recordedHost(name).capture, { kernelOptions: { present } });
      expect(codes(plan, "error")).toEqual(["option-two-values"]);
    },
  );

  it.each([
    [["pcie_acs_override=downstream", "pcie_acs_override=multifunction"], "downstream,multifunction"],
    [["iommu=pt", "iommu=off"], "pt,off"],
    [["intel_iommu=on", "intel_iommu=igfx_off"], "on,igfx_off"],
  ])("that add up are to be written as one: %s", async (present, value) => {
    const plan = await planOf(recordedHost("proxmox-grub").capture, { kernelOptions: { present } });
    const [error, ...more] = plan.diagnostics.filter(({ severity }) => severity === "error");
    expect(error?.code).toBe("option-two-values");
    expect(error?.hint).toContain(`=${value}`);
    expect(error?.summary).not.toContain("keeps one");
    expect(more.filter(({ code }) => code !== "acs-override-unpatched")).toEqual([]);
  });
});
