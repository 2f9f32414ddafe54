import type { Fact, IommuFacts, PciDevice, PredictedIommu } from "../../model/index.ts";
import type { IommuOption, Maker } from "../iommu-options.ts";
import { iommuOptions, lastIntelSwitch, makerOf, switchedOffBy } from "../iommu-options.ts";

export interface IommuQuestion extends Pick<IommuFacts, "groups" | "firmwareTables"> {
  readonly maker: Maker | undefined;
  /** The present boot's option line, and that of the boot to predict. */
  readonly presentLine: Fact<string>;
  readonly nextLine: string;
  /** The present kernel boots again. */
  readonly sameKernel: boolean;
}

/**
 * Whose IOMMU this machine has, as far as it is known: by the firmware's tables, else by AMD's own PCI function, else by
 * the processor.
 */
export function iommuMaker(
  { firmwareTables, cpuVendor }: IommuFacts,
  devices: readonly PciDevice[],
): Maker | undefined {
  const byTable = firmwareTables.known ? makerOf(firmwareTables.value) : undefined;
  if (byTable !== undefined) return byTable;
  if (devices.some((device) => device.vendor === "1022" && isIommuFunction(device))) return "amd";
  if (firmwareTables.known) return undefined;
  return cpuVendor.known && cpuVendor.value !== "other" ? cpuVendor.value : undefined;
}

/** PCI Code and ID Assignment Specification: base class 08, subclass 06. */
export function isIommuFunction(device: Pick<PciDevice, "class">): boolean {
  return device.class.startsWith("0806");
}

/**
 * Whether a boot with a line of options uses the IOMMU. AMD's is on unless it is switched off; for Intel's, the
 * kernel's own default counts where no option speaks, and distributions differ in it (CONFIG_INTEL_IOMMU_DEFAULT_ON).
 */
export function nextIommu(question: IommuQuestion): PredictedIommu {
  const { groups, firmwareTables, maker, presentLine } = question;
  const next = iommuOptions(question.nextLine);
  const present = presentLine.known ? iommuOptions(presentLine.value) : undefined;
  const onNow = groups.known && groups.value.length > 0;

  if (!onNow && firmwareTables.known && firmwareTables.value.length === 0) {
    return off("the firmware announces no IOMMU (no DMAR or IVRS table)");
  }
  const culprit = switchedOffBy(next, maker);
  if (culprit !== undefined) return off(`the kernel option ${culprit} switches the IOMMU off`);
  if (groups.known && !onNow && present !== undefined && question.sameKernel && sameSwitches(present, next)) {
    return off("this boot has no groups, and the options that concern the IOMMU stay as they are");
  }
  if (maker === "intel" && lastIntelSwitch(next) === undefined) {
    return byDefault(present, onNow, groups.known);
  }
  if (onNow) return on("this boot uses the IOMMU, and no option switches it off");
  if (!groups.known) return unsure(`whether there are groups now is unknown: ${groups.why}`);
  if (!firmwareTables.known) {
    return unsure(`whether the firmware announces an IOMMU is unknown: ${firmwareTables.why}`);
  }
  const tables = firmwareTables.value.join(", ");
  if (present === undefined) return unsure("this boot has no groups, and its options are unknown");
  const offNow = switchedOffBy(present, maker) !== undefined || offByDefault(maker, present);
  if (offNow) return on(`the firmware announces an IOMMU (${tables} table), and no option switches it off`);
  return unsure(
    `the firmware announces an IOMMU (${tables} table), yet this boot has no groups for no reason seen`,
  );
}

const SWITCHES = new Set(["iommu", "intel_iommu", "amd_iommu"]);

function sameSwitches(present: readonly IommuOption[], next: readonly IommuOption[]): boolean {
  const [now, then] = [present, next].map((options) =>
    JSON.stringify(
      options.filter(({ name }) => SWITCHES.has(name)).map(({ name, values }) => [name, values]),
    ),
  );
  return now === then;
}

/** The present boot has no switch either, so that the kernel's default keeps the IOMMU off. */
function offByDefault(maker: Maker | undefined, present: readonly IommuOption[]): boolean {
  return maker === "intel" && lastIntelSwitch(present) === undefined;
}

function byDefault(
  present: readonly IommuOption[] | undefined,
  onNow: boolean,
  groupsKnown: boolean,
): PredictedIommu {
  const decides = "no option says whether the IOMMU is on, so the kernel's default decides";
  if (present === undefined || !groupsKnown || lastIntelSwitch(present) !== undefined) {
    return unsure(`${decides}; intel_iommu=on would make it sure`);
  }
  if (onNow) return on(`${decides}: it is on, as in this boot`);
  if (switchedOffBy(present, "intel") !== undefined) return unsure(decides);
  return off(`${decides}: it is off, as in this boot`);
}

function on(why: string): PredictedIommu {
  return { state: "on", why };
}

function off(why: string): PredictedIommu {
  return { state: "off", why };
}

function unsure(why: string): PredictedIommu {
  return { state: "unknown", why };
}
