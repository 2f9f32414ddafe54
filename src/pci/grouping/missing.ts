import type { Confidence } from "../../model/index.ts";
import { shortAddress } from "../address.ts";
import type { GroupingBoot, GroupingFacts, Situation } from "./situation.ts";
import type { Place } from "./topology.ts";

export interface Judged {
  readonly confidence: Confidence;
  readonly missing: readonly string[];
}

/** What keeps a prediction from being exact. Asked once the groups are made, for by then every answer was needed. */
export function judgeConfidence(
  { devices, iommu: { groups, cpuVendor }, running }: GroupingFacts,
  next: GroupingBoot,
  situation: Situation,
  unexplained: readonly string[],
): Judged {
  const { answers, boot, iommu } = situation;
  const unread = unreadSpaces(situation);
  const standIns: string[] = [];
  if (iommu.state === "unknown") standIns.push(iommu.why);
  if (iommu.doubt !== undefined) standIns.push(iommu.doubt);
  if (!groups.known) standIns.push(`the present groups are unknown: ${groups.why}`);
  else if (groups.value.length === 0) {
    standIns.push("the IOMMU is off now, so ACS is taken to come on wherever a device has the capability");
  }
  if (!running.cmdline.known) standIns.push(`the options of this boot are unknown: ${running.cmdline.why}`);
  if (answers.restingOnFirmware.size > 0) {
    const who = named([...answers.restingOnFirmware]);
    standIns.push(`this boot does not show which ACS bits the firmware sets; none are assumed (${who})`);
  }
  if (boot.pci.noExtendedConfig && cpuVendor.known && cpuVendor.value === "amd") {
    standIns.push("on AMD processors ACS may stay within reach without MMCONFIG");
  }
  if (boot.pci.configAcs !== undefined && next.kernelRelease === undefined && !running.release.known) {
    standIns.push("pci=config_acs needs Linux 6.11 or later, and which kernel boots is unknown");
  }
  if (unexplained.length > 0) {
    standIns.push(`the rules do not explain the present groups of ${listed(unexplained)}`);
  }
  const strays = devices.length - situation.topology.places.length;
  if (strays > 0) standIns.push(`${strays} devices have addresses of an unknown form`);
  const missing = [...unread, ...standIns];
  if (missing.length === 0) return { confidence: "exact", missing };
  return { confidence: unread.length > 0 ? "guess" : "likely", missing };
}

/** By the reason, each with the first devices that it holds for. */
function unreadSpaces({ topology, traitsOf, boot }: Situation): string[] {
  const reasons = new Map<string, Place[]>();
  for (const place of topology.places) {
    const { unread } = traitsOf(place);
    const { config } = place.device;
    if (unread === "nothing" || (unread === "acs" && boot.pci.noExtendedConfig)) continue;
    const why = config.known ? "extended configuration space is out of reach in this boot" : config.why;
    const places = reasons.get(why);
    if (places === undefined) reasons.set(why, [place]);
    else places.push(place);
  }
  return [...reasons].map(([why, places]) => `${why} (${named(places)})`);
}

function named(places: readonly Place[]): string {
  return listed(places.map(({ address }) => address));
}

const MOST_NAMED = 3;

function listed(addresses: readonly string[]): string {
  const first = addresses.slice(0, MOST_NAMED).map(shortAddress).join(", ");
  const rest = addresses.length - MOST_NAMED;
  return rest > 0 ? `${first} and ${rest} more` : first;
}
