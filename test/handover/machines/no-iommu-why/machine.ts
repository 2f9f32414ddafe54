import { EP, Machine } from "../../support/machine.ts";
import type { MachineOptions, Machines } from "../../support/machine.ts";

// Machines without groups; each needs another remedy.
function machine(options: MachineOptions, files: Readonly<Record<string, string>> = {}): () => Machine {
  return () => {
    const m = new Machine(options);
    m.pci("0000:00:00.0", "8086:29c0", "060000");
    m.pci("0000:00:01.0", "10de:2206", "030000", { type: EP, driver: "nouveau", bootVga: 1 });
    m.pci("0000:00:02.0", "1af4:1041", "020000", { driver: "virtio-pci" });
    m.net("ens2", "0000:00:02.0");
    for (const [path, text] of Object.entries(files)) m.write(path, text);
    return m;
  };
}

function cpuinfo(lines: string): string {
  return `processor\t: 0\nvendor_id\t: GenuineIntel\n${lines}\n`;
}

export const machines: Machines = {
  "vm-guest": machine(
    { tables: [] },
    {
      "/proc/cpuinfo": cpuinfo("flags\t\t: fpu vme vmx hypervisor lahf_lm"),
      "/sys/class/dmi/id/sys_vendor": "QEMU\n",
    },
  ),
  "xen-dom0": machine(
    { tables: ["XMAR"] },
    { "/sys/hypervisor/type": "xen\n", "/proc/xen/capabilities": "control_d\n" },
  ),
  "arm-acpi-smmu-off": machine({ tables: ["GTDT", "SPCR"], cpu: null }),
  "arm-acpi-iort": machine({ tables: ["GTDT", "IORT"], cpu: null }),
  "arm-devicetree": machine(
    { tables: null, cpu: null },
    { "/proc/device-tree/model": "Raspberry Pi 5 Model B\0" },
  ),
  "virtio-iommu-viot": machine(
    { tables: ["VIOT"] },
    { "/proc/cpuinfo": cpuinfo("flags\t\t: fpu hypervisor") },
  ),
  "sandy-k-no-vtd": machine(
    { tables: [], options: "intel_iommu=on" },
    {
      "/proc/cpuinfo": cpuinfo("model name\t: Intel(R) Core(TM) i7-2600K CPU @ 3.40GHz\nflags\t\t: fpu vmx"),
    },
  ),
  "dmar-broken": machine({ options: "intel_iommu=on" }),
  "intel-only-pt": machine({ options: "iommu=pt" }),
  "intel-iommu-1": machine({ options: "intel_iommu=1" }),
  "intel-x2apic-off": machine({ options: "intel_iommu=on,sm_off iommu=noforce" }),
};
