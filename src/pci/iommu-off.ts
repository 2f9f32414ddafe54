import type { HostState } from "../model/index.ts";
import { leftOffByKernel } from "./grouping/kernel-iommu.ts";
import { isOtherKind, iommuOptions, lastIntelSwitch, makerSeen, switchedOffBy } from "./iommu-options.ts";
import { noIommuHere } from "./no-iommu.ts";

/**
 * Why this boot has no IOMMU groups, as one clause with what to do about it. For a host whose groups are known to
 * be none; the options are those of Documentation/admin-guide/kernel-parameters.txt.
 */
export function whyNoGroups(state: Pick<HostState, "running" | "iommu">): string {
  const { emulatedGroups = [] } = state.iommu;
  if (emulatedGroups.length === 0) return withoutEmulated(state);
  const them = emulatedGroups.length === 1 ? "the group that is there is" : "the groups that are there are";
  return `${them} VFIO's own (vfio-noiommu) and isolate${emulatedGroups.length === 1 ? "s" : ""} nothing; ${withoutEmulated(state)}`;
}

function withoutEmulated({ running, iommu }: Pick<HostState, "running" | "iommu">): string {
  const { firmwareTables } = iommu;
  const none = noIommuHere(iommu);
  if (none !== undefined) return `${none.cause}: ${none.remedy}`;
  const maker = makerSeen(iommu);
  const options = running.cmdline.known ? iommuOptions(running.cmdline.value) : [];
  const release = running.release.known ? running.release.value : undefined;
  const byKernel = leftOffByKernel(iommu, maker, release);
  if (byKernel !== undefined) return `${byKernel.cause}: ${byKernel.remedy}`;
  const off = isOtherKind(iommu) ? undefined : switchedOffBy(options, maker);
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
