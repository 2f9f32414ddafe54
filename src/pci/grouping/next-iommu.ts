import type { Fact, IommuFacts, PciDevice, PredictedIommu } from "../../model/index.ts";
import type { IommuOption, Maker } from "../iommu-options.ts";
import {
  iommuOptions,
  isOtherKind,
  lastIntelSwitch,
  makerOf,
  makerSeen,
  switchedOffBy,
} from "../iommu-options.ts";
import type { NoIommu } from "../no-iommu.ts";
import { noIommuHere } from "../no-iommu.ts";
import { leftOffByKernel, obeysForcedOff } from "./kernel-iommu.ts";
import { atLeast } from "../../facts/kernel-version.ts";

export interface IommuQuestion {
  readonly iommu: IommuFacts;
  readonly maker: Maker | undefined;
  /** The present boot's option line, and that of the boot to predict. */
  readonly presentLine: Fact<string>;
  readonly nextLine: string;
  /** The kernels of both, where they are known. */
  readonly presentRelease?: string;
  readonly nextRelease?: string;
  /** The present kernel boots again. */
  readonly sameKernel: boolean;
}

/**
 * Whose IOMMU this machine has, as far as it is known: by the firmware's tables, else by AMD's own PCI function, else by
 * the processor.
 */
export function iommuMaker(iommu: IommuFacts, devices: readonly PciDevice[]): Maker | undefined {
  const { firmwareTables } = iommu;
  const byTable = firmwareTables.known ? makerOf(firmwareTables.value) : iommu.units;
  if (byTable !== undefined) return byTable;
  if (devices.some((device) => device.vendor === "1022" && isIommuFunction(device))) return "amd";
  return makerSeen(iommu);
}

/** PCI Code and ID Assignment Specification: base class 08, subclass 06. */
export function isIommuFunction(device: Pick<PciDevice, "class">): boolean {
  return device.class.startsWith("0806");
}

/**
 * Whether a boot with a line of options uses the IOMMU. AMD's is on unless it is switched off; for Intel's, the
 * kernel's own default counts where no option speaks, and distributions differ in it (CONFIG_INTEL_IOMMU_DEFAULT_ON).
 * What this boot shows of the same kernel and options counts more than any rule.
 */
export function nextIommu(question: IommuQuestion): PredictedIommu {
  const { iommu, maker, presentLine, sameKernel, nextRelease } = question;
  const { groups, firmwareTables } = iommu;
  const next = iommuOptions(question.nextLine);
  const present = presentLine.known ? iommuOptions(presentLine.value) : undefined;
  const onNow = groups.known && groups.value.length > 0;
  const sameBoot = present !== undefined && sameKernel && sameSwitches(present, next);
  const otherKind = isOtherKind(iommu);
  const culprit = otherKind ? undefined : switchedOffBy(next, maker);
  const overruled = onNow && present !== undefined && !otherKind ? switchedOffBy(present, maker) : undefined;

  if (onNow && sameBoot && overruled !== undefined) return overruledNow(overruled);
  if (!onNow) {
    const none = noIommuHere(iommu);
    if (none !== undefined) return without(none, groups.known && sameBoot);
  }
  const byKernel = onNow && sameBoot ? undefined : leftOffByKernel(iommu, maker, nextRelease);
  if (byKernel !== undefined) return { ...off(byKernel.cause), remedy: byKernel.remedy, byKernel: true };
  if (culprit !== undefined) return switchedOff(culprit, iommu, overruled, onNow, maker);
  if (groups.known && !onNow && sameBoot) {
    return off("this boot has no groups, and the options that concern the IOMMU stay as they are");
  }
  const doubt = forcedOffUnseen(question);
  const state = byOptions(question, next, present, onNow);
  if (doubt === undefined || state.state !== "on") return state;
  // The bit is known to be set, and whether the kernel obeys it is not.
  return iommu.dmar?.known === true
    ? { ...unsure(doubt), byKernel: true }
    : { ...state, doubt, byKernel: true };

  function byOptions(
    { presentRelease }: IommuQuestion,
    then: readonly IommuOption[],
    now: readonly IommuOption[] | undefined,
    isOn: boolean,
  ): PredictedIommu {
    if (maker === "intel" && lastIntelSwitch(then) === undefined) return byDefault(now, isOn, groups.known);
    if (isOn) return on("this boot uses the IOMMU, and no option switches it off");
    if (!groups.known) return unsure(`whether there are groups now is unknown: ${groups.why}`);
    if (!firmwareTables.known) {
      return unsure(`whether the firmware announces an IOMMU is unknown: ${firmwareTables.why}`);
    }
    const tables = firmwareTables.value.join(", ");
    if (now === undefined) return unsure("this boot has no groups, and its options are unknown");
    const offNow =
      switchedOffBy(now, maker) !== undefined ||
      offByDefault(maker, now) ||
      leftOffByKernel(iommu, maker, presentRelease) !== undefined;
    if (offNow) return on(`the firmware announces an IOMMU (${tables} table), and no option switches it off`);
    return unsure(
      `the firmware announces an IOMMU (${tables} table), yet this boot has no groups for no reason seen`,
    );
  }
}

/** The firmware may force the IOMMU on (`platform_optin_force_iommu` in drivers/iommu/intel/iommu.c). */
function overruledNow(option: string): PredictedIommu {
  return {
    ...on(`this boot uses the IOMMU although ${option} is on its line`),
    doubt: `this boot uses the IOMMU although ${option} is on its line, so something here overrules the option`,
  };
}

function without({ cause, remedy, doubtful }: NoIommu, asNow: boolean): PredictedIommu {
  if (doubtful !== true) return { ...off(cause), remedy };
  return asNow
    ? { ...off(cause), remedy, doubt: "this boot has no groups, and why is not certain" }
    : { ...unsure(cause), remedy };
}

/** Where this could matter, and cannot be told. */
function forcedOffUnseen({
  iommu,
  maker,
  sameKernel,
  presentRelease,
  nextRelease,
}: IommuQuestion): string | undefined {
  const { dmar } = iommu;
  if (maker !== "intel" || sameKernel || obeysForcedOff(iommu, nextRelease) !== undefined) return undefined;
  if (dmar?.known === false) {
    // A kernel that obeys and has groups has shown that there is nothing to obey.
    if (presentRelease !== undefined && atLeast(presentRelease, 7, 3) === true) return undefined;
    return nextRelease === undefined
      ? undefined
      : `whether the firmware tells Linux 7.3 and later to leave the IOMMU off is unknown: ${dmar.why}`;
  }
  return "the firmware tells the kernel to leave the IOMMU off (bit 3 of the DMAR table's flags), Linux obeys from 7.3 on, and which kernel boots is unknown";
}

/** `iommu=off` yields to a firmware that asks for protection from DMA, `intel_iommu=off` does not. */
function switchedOff(
  culprit: string,
  { dmar }: IommuFacts,
  overruled: string | undefined,
  onNow: boolean,
  maker: Maker | undefined,
): PredictedIommu {
  const why = `the kernel option ${culprit} switches the IOMMU off`;
  const generic = culprit.startsWith("iommu=");
  if (generic && overruled !== undefined)
    return unsure(`${culprit} is on the line, but this boot uses the IOMMU in spite of ${overruled}`);
  if (!generic || maker !== "intel")
    return overruled === undefined
      ? off(why)
      : { ...off(why), doubt: `this boot uses the IOMMU in spite of ${overruled}` };
  if (dmar?.known === true && dmar.value.optIn)
    return unsure(`the firmware asks for protection from DMA (DMAR table), which may overrule ${culprit}`);
  if (dmar?.known !== false || !onNow) return off(why);
  return { ...off(why), doubt: `whether the firmware overrules ${culprit} is unknown: ${dmar.why}` };
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
