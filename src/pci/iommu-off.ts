import type { HostState } from "../model/index.ts";
import type { Maker } from "./iommu-options.ts";
import { iommuOptions, lastIntelSwitch, makerOf, switchedOffBy } from "./iommu-options.ts";

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
  const options = running.cmdline.known ? iommuOptions(running.cmdline.value) : [];
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
