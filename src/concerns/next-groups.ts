import { ACS_OVERRIDE, hasOption, splitLine } from "../cmdline.ts";
import type { GroupsPrediction } from "../model/index.ts";
import { inWords } from "../pci/describe.ts";
import { explainReason } from "../pci/explain/reasons.ts";
import { waysApart } from "../pci/explain/ways-apart.ts";
import { whyTogether } from "../pci/explain/why-together.ts";
import type { Verdict } from "../pci/judge-groups.ts";
import type { NamedDevice } from "../pci/named-devices.ts";
import { outsideOfGroups } from "../pci/outside-groups.ts";
import type { Outlook } from "./outlook.ts";
import { asGroups } from "./outlook.ts";

type Next = Extract<Outlook["next"], { known: true }>["value"];

/** Says of some devices whether they are as a requirement wants them, with these groups. */
export type Judge = (groups: ReturnType<typeof asGroups>) => Verdict;

/**
 * What becomes of a requirement at the boot that the plan leads to.
 *
 * @param devices Those that it is about.
 * @param now The verdict by the groups of this boot.
 * @param judge The same by other groups.
 */
export function foresee(
  { rebootNeeded, next }: Outlook,
  devices: readonly NamedDevice[],
  now: Verdict,
  judge: Judge,
): Verdict {
  if (!rebootNeeded)
    return now.status === "unsatisfied" && next.known ? explained(now, next.value, devices) : now;
  const { status, reason, offenders } = now;
  return { ...atNextBoot(next, devices, now, judge), thisBoot: { status, reason, offenders } };
}

function atNextBoot(
  next: Outlook["next"],
  devices: readonly NamedDevice[],
  now: Verdict,
  judge: Judge,
): Verdict {
  if (!next.known) return unsure(now, next.why);
  const { prediction } = next.value;
  const { iommu, confidence } = prediction;
  if (iommu.state === "off")
    return {
      status: "unsatisfied",
      reason: `the next boot has no IOMMU groups: ${iommu.why}`,
      offenders: [],
      remedy: iommu.remedy,
    };
  if (iommu.state === "unknown") return unsure(now, iommu.why);
  const then = judge(asGroups(prediction));
  if (confidence === "guess") return unsure(now, guessOf(then, prediction));
  if (then.status === "satisfied") return predictedWell(now, devices, confidence);
  const outside = devices.flatMap(({ functions }) => outsideOfGroups(functions, prediction.groups));
  if (outside.length > 0)
    return { ...then, reason: `at the next boot ${then.reason} (prediction: ${confidence})` };
  const names = inWords(devices.map(({ name }) => name));
  const still = devices.length === 1 ? "is still not alone in its group" : "are still in one group";
  const reason = `at the next boot ${names} ${still} (prediction: ${confidence})`;
  return explained({ ...then, reason }, next.value, devices);
}

function predictedWell(now: Verdict, devices: readonly NamedDevice[], confidence: string): Verdict {
  const names = inWords(devices.map(({ name }) => name));
  const what =
    devices.length === 1
      ? `${names}'s group holds nothing else but bridges`
      : `${names} are in different groups`;
  const reason = `at the next boot ${what} (prediction: ${confidence})`;
  return now.status === "satisfied"
    ? { ...now, reason: `${now.reason}; ${reason}` }
    : { status: "predicted", reason, offenders: [] };
}

function unsure(now: Verdict, why: string): Verdict {
  return {
    status: "unknown",
    reason: `in this boot: ${now.reason}; at the next one it is unknown: ${why}`,
    offenders: now.offenders,
  };
}

function guessOf(then: Verdict, { missing }: GroupsPrediction): string {
  const guess = then.status === "satisfied" ? "it would be met" : "it would not be met";
  return `only a guess says that ${guess} (${missing.join("; ")})`;
}

/** With the reason why the kernel puts them together, and the way apart with the least risk. */
function explained(
  verdict: Verdict,
  { prediction, question }: Next,
  devices: readonly NamedDevice[],
): Verdict {
  const pair = pairOf(verdict, prediction, devices);
  if (pair === undefined) return verdict;
  const { a, b, group } = pair;
  const why = whyTogether(group, a, b).map((reason) => explainReason(reason, question.name));
  const [own, others] = sidesOf(verdict, a, devices);
  const [way, ...more] = waysApart(question, own, others.length === 0 ? [b] : others).ways;
  // Who has the option already may want to add a word to it rather than an id.
  const hasOverride = hasOption(splitLine(question.boot.options), ACS_OVERRIDE);
  const alternatives =
    way?.kind === "override" && hasOverride ? more.flatMap(({ option }) => option ?? []) : [];
  return {
    ...verdict,
    reason: [verdict.reason, ...why.slice(0, MOST_SENTENCES)].join("; "),
    ...(way === undefined ? {} : { remedy: [way.what, ...alternatives].join(", or ") }),
  };
}

/** A chain may be long; `groups --why` tells it whole. */
const MOST_SENTENCES = 2;

/** What must be parted for the requirement, not for one pair alone: a device, and all that it must not be with. */
function sidesOf(
  { offenders }: Verdict,
  a: string,
  devices: readonly NamedDevice[],
): readonly [own: readonly string[], others: readonly string[]] {
  const all = devices.map(({ functions }) => functions.map(({ address }) => address));
  const own = all.find((addresses) => addresses.includes(a)) ?? [a];
  const others = all.length > 1 ? all.flat() : offenders;
  return [own, others.filter((address) => !own.includes(address))];
}

/** One of the devices and something that it must not be together with. */
function pairOf(
  { offenders }: Verdict,
  { groups }: GroupsPrediction,
  devices: readonly NamedDevice[],
): { a: string; b: string; group: GroupsPrediction["groups"][number] } | undefined {
  const own = devices.map(({ functions }) => functions.map(({ address }) => address));
  for (const group of groups) {
    const inside = own.map((addresses) => addresses.find((one) => group.devices.includes(one)));
    const [a, b] = inside.filter((one) => one !== undefined);
    if (a !== undefined && b !== undefined) return { a, b, group };
    const stranger = offenders.find((one) => group.devices.includes(one) && !own.flat().includes(one));
    if (a !== undefined && stranger !== undefined) return { a, b: stranger, group };
  }
  return undefined;
}
