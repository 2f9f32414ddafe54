import { kernelWords, parseOption } from "../cmdline.ts";

/** Whose IOMMU it is. */
export type Maker = "intel" | "amd";

/** By the firmware's tables. */
export function makerOf(tables: readonly string[]): Maker | undefined {
  if (tables.includes("DMAR")) return "intel";
  return tables.includes("IVRS") ? "amd" : undefined;
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

/** `iommu=off` stops both kinds. Of several `intel_iommu` the last one counts, `amd_iommu=off` cannot be undone. */
export function switchedOffBy(options: readonly IommuOption[], maker: Maker | undefined): string | undefined {
  const isOff = ({ values }: IommuOption) => values.includes("off");
  const generic = options.find((option) => option.name === "iommu" && isOff(option));
  const amd = options.find((option) => option.name === "amd_iommu" && isOff(option));
  const intel = lastIntelSwitch(options);
  const own = {
    amd: maker === "intel" ? undefined : amd,
    intel: maker === "amd" || intel === undefined || !isOff(intel) ? undefined : intel,
  };
  return (generic ?? own.amd ?? own.intel)?.spelling;
}

export function lastIntelSwitch(options: readonly IommuOption[]): IommuOption | undefined {
  return options.findLast(
    ({ name, values }) => name === "intel_iommu" && (values.includes("on") || values.includes("off")),
  );
}

/**
 * Whether Intel's graphics stay without IOMMU (`igfx_off`, and Debian's `intgpu_off`): the options add up, nothing
 * takes them back.
 */
export function leavesGraphicsOut(options: readonly IommuOption[]): boolean {
  return options.some(
    ({ name, values }) =>
      name === "intel_iommu" && (values.includes("igfx_off") || values.includes("intgpu_off")),
  );
}
