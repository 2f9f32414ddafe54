import type { Kernels } from "./build.ts";
import type { Guest } from "./qemu.ts";
import type { Seen } from "./seen.ts";

// The specs of the stories that more than one of them has, and where a machine keeps its own.

export const SPEC = "/etc/hostcfg/host.yaml";

export async function writeSpec(guest: Guest, spec: string): Promise<void> {
  const text = Buffer.from(spec).toString("base64");
  await guest.must(`mkdir -p /etc/hostcfg; echo ${text} | base64 -d >${SPEC}; sync`);
}

/** The card with two functions, and one of two network cards of one model. */
export const vfioSpecOf = ({ older }: Kernels): string => `apiVersion: hostcfg/v1
devices:
  host-gpu: { id: "1234:1111" }
  vm-gpu: { id: "1013:00b8", functions: [0, 1] }
  vm-net: { id: "8086:10d3", path: "03.2/00.0" }
kernel:
  release: ${older}
kernelOptions:
  present: [intel_iommu=on, iommu=pt]
vfio:
  devices: [vm-gpu, vm-net]
iommuGroups:
  separate: [[host-gpu, vm-gpu]]
`;
export const PLUGGED = "0000:03:00.0";
export const HOST_CARD = ["0000:01:00.0", "0000:02:00.0"];
export const TO_VFIO = { "0000:02:00.0": "vfio-pci", "0000:02:00.1": "vfio-pci", [PLUGGED]: "vfio-pci" };

/** Of the cards that can be told apart by it: those for a virtual machine, and whatever else vfio-pci has taken. */
export function drivers(seen: Seen): Readonly<Record<string, string>> {
  const told = Object.entries(seen.drivers).filter(
    ([device, driver]) => device in TO_VFIO || driver === "vfio-pci",
  );
  return Object.fromEntries(told);
}
