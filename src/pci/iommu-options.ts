import { kernelWords, parseOption } from "../cmdline.ts";
import type { IommuFacts } from "../model/index.ts";

/** Whose IOMMU it is, where it is one of x86. */
export type Maker = "intel" | "amd";

/** By the firmware's tables. */
export function makerOf(tables: readonly string[]): Maker | undefined {
  if (tables.includes("DMAR")) return "intel";
  return tables.includes("IVRS") ? "amd" : undefined;
}

/** By what is seen of the IOMMU; the processor's name counts only where nothing could be seen. */
export function makerSeen({
  firmwareTables,
  units,
  cpuVendor,
}: Pick<IommuFacts, "firmwareTables" | "units" | "cpuVendor">): Maker | undefined {
  if (firmwareTables.known) return makerOf(firmwareTables.value);
  return units ?? (cpuVendor.known && cpuVendor.value !== "other" ? cpuVendor.value : undefined);
}

export interface IommuOption {
  readonly spelling: string;
  readonly name: string;
  readonly values: readonly string[];
}

/** The options of a line, their values split. */
export function iommuOptions(cmdline: string): IommuOption[] {
  return kernelWords(cmdline).map((spelling) => {
    const { name, value = "" } = parseOption(spelling);
    return { spelling, name, values: value.split(",") };
  });
}

/** IOMMUs that no option of x86 concerns: those of Arm and RISC-V, and virtio's. */
export function isOtherKind({ firmwareTables, machine }: IommuFacts): boolean {
  if (firmwareTables.known && makerOf(firmwareTables.value) !== undefined) return false;
  const tables = firmwareTables.known ? firmwareTables.value : [];
  if (["IORT", "RIMT", "VIOT"].some((table) => tables.includes(table))) return true;
  const processor = machine?.processor.known === true ? machine.processor.value : "x86";
  return processor === "arm" || processor === "riscv";
}

/**
 * `iommu=off` stops both kinds. Of several words for Intel the last one counts, `amd_iommu=off` cannot be undone. The
 * kernel compares beginnings only (drivers/iommu/intel/iommu.c, drivers/iommu/amd/init.c, arch/x86/kernel/pci-dma.c).
 */
export function switchedOffBy(options: readonly IommuOption[], maker: Maker | undefined): string | undefined {
  const isOff = ({ values }: IommuOption) => values.some((value) => value.startsWith("off"));
  const generic = options.find((option) => option.name === "iommu" && isOff(option));
  const amd = options.find((option) => option.name === "amd_iommu" && isOff(option));
  const intel = lastIntelSwitch(options);
  const own = {
    amd: maker === "intel" ? undefined : amd,
    intel: maker === "amd" || intel === undefined || intelSwitch(intel) !== "off" ? undefined : intel,
  };
  return (generic ?? own.amd ?? own.intel)?.spelling;
}

/** The last option that says on or off. */
export function lastIntelSwitch(options: readonly IommuOption[]): IommuOption | undefined {
  return options.findLast((option) => intelSwitch(option) !== undefined);
}

/** What an option says in the end: `off,on` is on. */
function intelSwitch({ name, values }: IommuOption): "on" | "off" | undefined {
  if (name !== "intel_iommu") return undefined;
  const last = values.findLast((value) => value.startsWith("on") || value.startsWith("off"));
  return last === undefined ? undefined : last.startsWith("on") ? "on" : "off";
}

/**
 * Whether Intel's graphics stay without IOMMU (`igfx_off`, and Debian's `intgpu_off`): the options add up, nothing
 * takes them back.
 */
export function leavesGraphicsOut(options: readonly IommuOption[]): boolean {
  return graphicsOption(options) !== undefined;
}

/** The option that does it. */
export function graphicsOption(options: readonly IommuOption[]): string | undefined {
  return options.find(
    ({ name, values }) =>
      name === "intel_iommu" && values.some((value) => /^(igfx_off|intgpu_off)/.test(value)),
  )?.spelling;
}
