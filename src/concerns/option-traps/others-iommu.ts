import type { Trap, TrapMachine } from "./trap.ts";
import { LEAVE_OUT } from "./trap.ts";

/** An option for one maker's IOMMU on a machine with another one. */
export function othersIommu(name: string, { iommu }: TrapMachine): Trap | undefined {
  if (iommu === undefined) return undefined;
  if (name === "intel_iommu" && iommu === "amd")
    return {
      summary:
        "intel_iommu does nothing on an AMD machine: its IOMMU is on unless the firmware switches it off",
      hint: LEAVE_OUT,
    };
  if (name === "amd_iommu" && iommu === "intel")
    return { summary: "amd_iommu does nothing on an Intel machine", hint: "intel_iommu=on" };
  if (iommu !== "other" || (name !== "intel_iommu" && name !== "amd_iommu")) return undefined;
  const maker = name === "intel_iommu" ? "Intel" : "AMD";
  return { summary: `${name} does nothing on this machine: it has no IOMMU of ${maker}`, hint: LEAVE_OUT };
}
