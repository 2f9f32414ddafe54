import { END_OF_KERNEL_OPTIONS, parseOption, splitLine } from "../cmdline.ts";
import type { HostState } from "../model.ts";

type Maker = "intel" | "amd";

/**
 * Why this boot has no IOMMU groups, as one clause with what to do about it. For a host whose groups are known to
 * be none; the options are those of Documentation/admin-guide/kernel-parameters.txt.
 */
export function whyNoGroups({ running, iommu }: Pick<HostState, "running" | "iommu">): string {
  const { firmwareTables, cpuVendor } = iommu;
  const cpuMaker = cpuVendor.known && cpuVendor.value !== "other" ? cpuVendor.value : undefined;
  if (firmwareTables.known && firmwareTables.value.length === 0) {
    return `the firmware announces no IOMMU (no DMAR or IVRS table): switch on ${firmwareSwitch(cpuMaker)} in the BIOS`;
  }
  const maker = firmwareTables.known ? makerOf(firmwareTables.value) : cpuMaker;
  const options = running.cmdline.known ? kernelOptions(running.cmdline.value) : [];
  const off = switchedOffBy(options, maker);
  if (off !== undefined) return `the kernel option ${off} switches the IOMMU off`;

  const unused = "the kernel runs without an IOMMU";
  if (!firmwareTables.known) {
    return `${unused}, and whether the firmware announces one is unknown: ${firmwareTables.why}`;
  }
  const announced = `${unused} although the firmware announces one (${firmwareTables.value.join(", ")} table)`;
  if (!running.cmdline.known) return `${announced}; its options are unknown: ${running.cmdline.why}`;
  if (maker === "intel" && lastIntelSwitch(options) === undefined) {
    return `${announced}: the kernel option intel_iommu=on is missing`;
  }
  return `${announced}, and no kernel option says so: look in the boot log (dmesg | grep -i iommu)`;
}

/** What BIOS menus call it. */
function firmwareSwitch(maker: Maker | undefined): string {
  if (maker === undefined) return "VT-d or AMD-Vi (IOMMU)";
  return maker === "intel" ? "VT-d" : "AMD-Vi (IOMMU)";
}

function makerOf(tables: readonly string[]): Maker | undefined {
  if (tables.includes("DMAR")) return "intel";
  return tables.includes("IVRS") ? "amd" : undefined;
}

interface IommuOption {
  readonly spelling: string;
  readonly name: string;
  readonly values: readonly string[];
}

/** What follows `--` is for init. */
function kernelOptions(cmdline: string): IommuOption[] {
  const words = splitLine(cmdline);
  const end = words.indexOf(END_OF_KERNEL_OPTIONS);
  return words.slice(0, end === -1 ? undefined : end).map((spelling) => {
    const { name, value = "" } = parseOption(spelling);
    return { spelling, name, values: value.split(",") };
  });
}

/** `iommu=off` stops both kinds. Of several `intel_iommu` the last one counts, `amd_iommu=off` cannot be undone. */
function switchedOffBy(options: readonly IommuOption[], maker: Maker | undefined): string | undefined {
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

function lastIntelSwitch(options: readonly IommuOption[]): IommuOption | undefined {
  return options.findLast(
    ({ name, values }) => name === "intel_iommu" && (values.includes("on") || values.includes("off")),
  );
}
