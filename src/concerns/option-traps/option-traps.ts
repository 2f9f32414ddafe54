import { parseOption } from "../../cmdline.ts";
import type { Diagnostic, HostState } from "../../model/index.ts";
import { makerSeen } from "../../pci/iommu-options.ts";
import { acsOverrideTraps } from "./acs-override.ts";
import { harmOf } from "./harm.ts";
import { idTraps } from "./ids.ts";
import { moduleListTraps } from "./module-lists.ts";
import { othersIommu } from "./others-iommu.ts";
import type { Trap, TrapMachine } from "./trap.ts";
import { unknownValues } from "./values.ts";
import { videoTraps } from "./video.ts";

/**
 * Options that guides hand on and that do nothing, something else, or harm (Documentation/admin-guide/
 * kernel-parameters.txt; the kernel's own parsers; the ACS override patch). Warnings, for the kernel takes the line all
 * the same.
 */
export function optionTraps(
  present: readonly string[],
  state: Pick<HostState, "iommu" | "initramfs">,
): Diagnostic[] {
  const machine = machineOf(state);
  return present.flatMap((spelling, index) =>
    trapsOf(spelling, machine).map(({ summary, hint }): Diagnostic => ({
      severity: "warning",
      code: "option-trap",
      summary,
      hint,
      specPath: ["kernelOptions", "present", index],
    })),
  );
}

export function trapsOf(spelling: string, machine: TrapMachine): Trap[] {
  const { name, value } = parseOption(spelling);
  // Where an option is of no use at all, its values do not matter.
  const useless = othersIommu(name, machine);
  if (useless !== undefined) return [useless];
  if (name === "pcie_acs_override") return acsOverrideTraps(value ?? "");
  return [
    ...unknownValues(name, value, machine),
    ...harmOf(name, value),
    ...idTraps(name, value ?? ""),
    ...videoTraps(name, value ?? ""),
    ...moduleListTraps(name, value ?? "", machine),
  ];
}

function machineOf({ iommu, initramfs }: Pick<HostState, "iommu" | "initramfs">): TrapMachine {
  const kind = kindOf(iommu);
  const { generator } = initramfs;
  return { iommu: kind, ...(generator.known ? { initramfs: generator.value } : {}) };
}

/** The firmware's tables say it best. Groups without them are another maker's work: of Arm, or of a hypervisor. */
function kindOf(iommu: HostState["iommu"]): TrapMachine["iommu"] {
  const maker = makerSeen(iommu);
  if (maker !== undefined) return maker;
  const { firmwareTables, groups, cpuVendor } = iommu;
  if (firmwareTables.known && groups.known && groups.value.length > 0) return "other";
  return cpuVendor.known ? cpuVendor.value : undefined;
}
