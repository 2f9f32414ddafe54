import { chooseLoader } from "../boot/choose.ts";
import { bootsNext, menuOf } from "../boot/check.ts";
import type {
  Diagnostic,
  Fact,
  GroupsPrediction,
  HostState,
  MergeReason,
  PciDevice,
} from "../model/index.ts";
import { unknown } from "../facts/fact.ts";
import { compareAddresses, slotAddress } from "../pci/address.ts";
import { namer } from "../pci/explain/names.ts";
import { explainReason } from "../pci/explain/reasons.ts";
import type { Separation } from "../pci/explain/ways-apart.ts";
import { waysApart } from "../pci/explain/ways-apart.ts";
import { whyTogether } from "../pci/explain/why-together.ts";
import type { GroupingBoot, GroupingFacts } from "../pci/grouping/situation.ts";
import { unknownRules } from "../pci/grouping/kernel-iommu.ts";
import { groupingOf } from "../pci/grouping/predict.ts";
import type { CurrentGroups } from "../pci/current-groups.ts";
import { currentGroups } from "../pci/current-groups.ts";
import { classPrefixOf } from "../pci/selectors.ts";
import { nextRelease } from "../boot/menu.ts";

/** What `hostcfg groups --json` prints. */
export interface GroupsReport {
  readonly formatVersion: "1.0";
  readonly current: CurrentGroups;
  readonly predicted: PredictedGroups;
  /** What the groups' addresses stand for. */
  readonly devices: Fact<readonly PciDevice[]>;
  readonly why?: WhyTogether | undefined;
  readonly separate?: Separation;
}

export type PredictedGroups =
  | ({
      readonly known: true;
      /** The whole line that is predicted for. */
      readonly options: string;
      /** Where it comes from, one clause. */
      readonly optionsFrom: string;
      /** Whether that kernel is taken to have the patch, and why. */
      readonly acsOverride: "assume" | "absent";
      readonly acsOverrideEvidence: readonly string[];
      /** False where nothing says so, and it is only taken to be. */
      readonly acsOverrideProven: boolean;
      readonly kernelRelease?: string | undefined;
    } & GroupsPrediction)
  | { readonly known: false; readonly why: string };

/** What `groups --why A B` answers. */
export interface WhyTogether {
  readonly a: string;
  readonly b: string;
  readonly together: boolean;
  readonly reasons: readonly MergeReason[];
  /** The same as sentences. */
  readonly sentences: readonly string[];
}

/** The boot that groups are predicted for. */
export interface PredictedBoot {
  readonly options: Fact<string>;
  readonly optionsFrom: string;
  /** `uname -r` of its kernel, where it is known. */
  readonly release: string | undefined;
  /** Of the choice of what boots next. */
  readonly problems?: readonly Diagnostic[];
}

/**
 * The line and the kernel that the prediction is about: what the loader will start, where that is known, else what runs.
 *
 * @param line Replaces the whole line.
 */
export function bootToPredict(state: HostState, line: string | undefined): PredictedBoot {
  const loader = chooseLoader(state.bootLoader, undefined);
  const staged = bootsNext(state, loader);
  const menu = menuOf(state, loader);
  const running = state.running.release.known ? state.running.release.value : undefined;
  const release = nextRelease(staged) ?? running;
  if (line !== undefined)
    return { options: { known: true, value: line }, optionsFrom: "given with --options", release };
  if (staged.known)
    return {
      options: { known: true, value: staged.value.options },
      optionsFrom: `what boots next: ${staged.value.rule}`,
      release,
      ...(menu.known && menu.value.problems.length > 0 ? { problems: menu.value.problems } : {}),
    };
  return { options: state.running.cmdline, optionsFrom: "this boot's own line", release };
}

export interface GroupsQuestion {
  readonly boot: PredictedBoot;
  readonly acsOverride: "assume" | "absent";
  readonly acsOverrideEvidence: readonly string[];
  readonly acsOverrideProven: boolean;
  readonly why?: readonly [string, string] | undefined;
  readonly separate?: readonly [string, string];
  readonly only?: GroupsFilter;
}

/** What a list of groups is about: a device by its address, devices of a class, or such a device of such a class. */
export interface GroupsFilter {
  readonly device?: string | undefined;
  readonly deviceClass?: string | undefined;
}

/** @param question Its addresses must be known: see {@link unknownAddresses}. */
export function groupsReport(state: HostState, question: GroupsQuestion): GroupsReport {
  const report = wholeReport(state, question);
  return question.only === undefined ? report : concerning(report, question.only);
}

/** Groups are kept whole: who else is in them is what is asked. So are those that their members come from or go to. */
function concerning(report: GroupsReport, { device, deviceClass = "" }: GroupsFilter): GroupsReport {
  const { current, predicted, devices } = report;
  if (!devices.known) return report;
  const prefix = classPrefixOf(deviceClass) ?? "";
  const ofClass = devices.value.filter((one) => one.class.startsWith(prefix)).map(({ address }) => address);
  const named = device === undefined ? undefined : functionsAt(devices.value, device);
  const wanted = ofClass.filter((one) => named?.includes(one) ?? true);
  const now = current.known ? current.groups : [];
  const next = predicted.known ? predicted.groups : [];
  const members = [...wanted, ...membersOf(now, wanted), ...membersOf(next, wanted)];
  const kept = new Set([...members, ...membersOf(now, members)]);
  const isKept = (group: Members): boolean => group.devices.some((one) => kept.has(one));
  return {
    ...report,
    current: current.known ? { ...current, groups: now.filter(isKept) } : current,
    predicted: predicted.known
      ? {
          ...predicted,
          groups: next.filter(isKept),
          ungrouped: predicted.ungrouped.filter((one) => kept.has(one)),
        }
      : predicted,
    devices: { known: true, value: devices.value.filter(({ address }) => kept.has(address)) },
  };
}

interface Members {
  readonly devices: readonly string[];
}

function membersOf(groups: readonly Members[], some: readonly string[]): readonly string[] {
  return groups.flatMap((group) => (group.devices.some((one) => some.includes(one)) ? group.devices : []));
}

function wholeReport(state: HostState, question: GroupsQuestion): GroupsReport {
  const current = currentGroups(state);
  const { pci, iommu, running } = state;
  const { options } = question.boot;
  const report = { formatVersion: "1.0", current, devices: pci } as const;
  if (!pci.known) return { ...report, predicted: pci };
  if (!options.known) return { ...report, predicted: unknown(`the option line is unknown: ${options.why}`) };
  const { optionsFrom, release } = question.boot;
  const strange = unknownRules(iommu, release);
  if (strange !== undefined) return { ...report, predicted: unknown(strange) };
  const facts: GroupingFacts = { devices: pci.value, iommu, running };
  const boot: GroupingBoot = {
    options: options.value,
    acsOverride: question.acsOverride,
    kernelRelease: release,
  };
  const prediction = question.acsOverrideProven
    ? groupingOf(facts, boot).prediction
    : ofUnprovenKernel(facts, boot);
  return {
    ...report,
    predicted: {
      known: true,
      options: options.value,
      optionsFrom,
      acsOverride: question.acsOverride,
      acsOverrideEvidence: question.acsOverrideEvidence,
      acsOverrideProven: question.acsOverrideProven,
      kernelRelease: release,
      ...prediction,
    },
    ...(question.why === undefined ? {} : { why: explain(pci.value, prediction, question.why) }),
    ...(question.separate === undefined ? {} : { separate: separate({ facts, boot }, question.separate) }),
  };
}

/** A prediction is not exact where a kernel with the patch would make other groups than one without it. */
function ofUnprovenKernel(facts: GroupingFacts, boot: GroupingBoot): GroupsPrediction {
  const { prediction } = groupingOf(facts, boot);
  const other = groupingOf(facts, { ...boot, acsOverride: "assume" }).prediction;
  const shape = ({ groups }: GroupsPrediction): string =>
    JSON.stringify(groups.map(({ devices }) => devices));
  if (shape(prediction) === shape(other)) return prediction;
  return {
    ...prediction,
    confidence: prediction.confidence === "exact" ? "likely" : prediction.confidence,
    missing: [...prediction.missing, "whether the kernel carries the ACS override patch is unknown"],
  };
}

/** Those of these words that are no address of a function or slot of this host. */
export function unknownAddresses({ pci }: HostState, words: readonly string[]): readonly string[] {
  return pci.known ? words.filter((word) => functionsAt(pci.value, word).length === 0) : [];
}

/** Whether some function is meant by more than one of these words: it cannot be parted from itself. */
export function sameDevice({ pci }: HostState, words: readonly string[]): boolean {
  const meant = pci.known ? words.flatMap((word) => functionsAt(pci.value, word)) : [];
  return new Set(meant).size < meant.length;
}

/**
 * `0c:00.0` and `0000:0c:00.0` are a function, `0c:00` and `0000:0c:00` all functions of a slot; virtual functions only
 * where there are no others.
 */
function functionsAt(devices: readonly PciDevice[], word: string): readonly string[] {
  const full = /^[0-9a-f]{4,}:[0-9a-f]{2}:/i.test(word) ? word.toLowerCase() : `0000:${word.toLowerCase()}`;
  const found = devices.filter(({ address }) => address === full || slotAddress(address) === full);
  const own = found.filter(
    ({ address, physicalFunction }) => address === full || physicalFunction === undefined,
  );
  return (own.length === 0 ? found : own).map(({ address }) => address).sort(compareAddresses);
}

/** Why these two share a group, or that they do not. @param words Their addresses; they must be known, and not the same. */
export function explain(
  devices: readonly PciDevice[],
  { groups, ungrouped }: Pick<GroupsPrediction, "groups" | "ungrouped">,
  [wordA, wordB]: readonly [string, string],
): WhyTogether {
  const [inA, inB] = [functionsAt(devices, wordA), functionsAt(devices, wordB)];
  const shared = groups.find(
    (group) =>
      inA.some((one) => group.devices.includes(one)) && inB.some((one) => group.devices.includes(one)),
  );
  const pick = (some: readonly string[]): string =>
    some.find((one) => shared?.devices.includes(one)) ?? some[0] ?? "";
  const [a, b] = [pick(inA), pick(inB)];
  const name = namer(devices);
  if (shared === undefined) {
    const outside = [a, b]
      .filter((one) => ungrouped.includes(one))
      .map((one) => `${name(one)} is in no group`);
    return { a, b, together: false, reasons: [], sentences: outside };
  }
  const reasons = a === b ? [] : whyTogether(shared, a, b);
  return { a, b, together: true, reasons, sentences: reasons.map((reason) => explainReason(reason, name)) };
}

function separate(
  { facts, boot }: { readonly facts: GroupingFacts; readonly boot: GroupingBoot },
  [wordA, wordB]: readonly [string, string],
): Separation {
  const { devices } = facts;
  return waysApart(
    { facts, boot, name: namer(devices) },
    functionsAt(devices, wordA),
    functionsAt(devices, wordB),
  );
}
