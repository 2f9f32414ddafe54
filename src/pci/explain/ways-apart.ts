import { posix } from "node:path";
import type { AcsObstacle, GroupsPrediction, MergeReason, PciDevice } from "../../model/index.ts";
import { ACS_OVERRIDE, kernelWords, parseOption, splitLine } from "../../cmdline.ts";
import { inWords } from "../describe.ts";
import { MOST_OVERRIDE_IDS, parseAcsOverride } from "../grouping/acs-override.ts";
import type { Grouping } from "../grouping/predict.ts";
import { groupingOf } from "../grouping/predict.ts";
import type { GroupingBoot, GroupingFacts } from "../grouping/situation.ts";
import { whyOutside } from "../outside-groups.ts";
import { vmdBefore } from "../vmd.ts";
import { amdSwitch, portsWithSwitch, vmdOff } from "./firmware-ways.ts";
import type { Namer } from "./names.ts";
import { lineWithoutHindrances } from "./option-ways.ts";
import { explainNo, explainReason } from "./reasons.ts";
import type { SwitchOn } from "./switch-on.ts";
import { switchOn } from "./switch-on.ts";
import { whyTogether } from "./why-together.ts";

/** Something that would part two devices, or may. */
export interface WayApart {
  readonly kind: "option" | "slot" | "firmware" | "override";
  /** What to do, in the imperative. */
  readonly what: string;
  /** One sentence. */
  readonly risk: string;
  /** Of an override: the option alone. */
  readonly option?: string;
  /** Of an option: the line that was predicted for, and what comes of it. */
  readonly predicted?: {
    readonly options: string;
    /** The groups that then hold the two devices. */
    readonly groups: readonly (readonly string[])[];
    /** Other groups of the prediction without it that it would divide, each as it is before. */
    readonly alsoSplits: readonly (readonly string[])[];
  };
}

/** What `groups --separate A B` answers. */
export interface Separation {
  readonly a: readonly string[];
  readonly b: readonly string[];
  /** They are in different groups already. */
  readonly apart: boolean;
  /** Those that will be in no group, so that there is nothing to part: no IOMMU stands before them. */
  readonly outside: readonly string[];
  /** Why they will be in none although there are groups, one clause with what to do. */
  readonly whyOutside?: string;
  /** Why there will be no groups at all, one clause; left out where there will be some. */
  readonly noGroups?: string;
  /** What to do about that, in the imperative, where an option of the kernel is not enough. */
  readonly remedy?: string;
  /** What switches the IOMMU on; the ways are those from there. */
  readonly switchOn?: SwitchOn & {
    /** Nothing else is needed. */
    readonly apart: boolean;
  };
  /** The least risk first. */
  readonly ways: readonly WayApart[];
  /** Why no option can part them, one clause each; empty where one can. */
  readonly inTheWay: readonly string[];
}

export interface Question {
  readonly facts: GroupingFacts;
  readonly boot: GroupingBoot;
  readonly name: Namer;
}

/**
 * What would part two devices, judged by predicting the groups for each candidate.
 *
 * @param a The functions of the one, `b` of the other: apart once no group holds one of each.
 */
export function waysApart(question: Question, a: readonly string[], b: readonly string[]): Separation {
  const { facts, boot } = question;
  const before = groupingOf(facts, boot);
  const { ungrouped, iommu } = before.prediction;
  const outside = [...a, ...b].filter((address) => ungrouped.includes(address));
  if (areApart(before.prediction, a, b)) {
    if (iommu.state === "off") return withoutGroups(question, before, a, b);
    const which = facts.devices.filter(({ address }) => outside.includes(address));
    const because = outside.length === 0 ? {} : { whyOutside: whyOutside(undefined, which, boot.options) };
    return { a, b, apart: outside.length === 0, outside, ...because, ways: [], inTheWay: [] };
  }
  const obstacles = [...a, ...b].flatMap((address) => before.obstacles(address) ?? []);
  const overrides = overrideWays(question, before, a, b, obstacles);
  const freed = freedWays(question, before, a, b);
  const ways = [
    ...freed,
    ...slotWays(question, before, obstacles),
    ...firmwareWays(question, before, a, b, obstacles),
    ...overrides,
  ];
  const inTheWay =
    freed.length + overrides.length > 0 ? [] : whyNothing(question, before.prediction, a, b, obstacles);
  return { a, b, apart: false, outside, ways, inTheWay };
}

function withoutGroups(
  question: Question,
  { prediction: { ungrouped, iommu } }: Grouping,
  a: readonly string[],
  b: readonly string[],
): Separation {
  const { facts, boot } = question;
  const none = {
    a,
    b,
    apart: false,
    outside: [...a, ...b].filter((address) => ungrouped.includes(address)),
    noGroups: iommu.why,
  };
  const switched = iommu.byKernel === true ? undefined : switchOn(facts, boot);
  if (switched === undefined) {
    const remedy = iommu.remedy === undefined ? {} : { remedy: iommu.remedy };
    return { ...none, ...remedy, ways: [], inTheWay: [] };
  }
  const then = waysApart({ ...question, boot: { ...boot, options: switched.options } }, a, b);
  const because = then.whyOutside === undefined ? {} : { whyOutside: then.whyOutside };
  return {
    ...none,
    ...because,
    switchOn: { ...switched, apart: then.apart },
    ways: then.ways,
    inTheWay: then.inTheWay,
  };
}

function areApart({ groups }: GroupsPrediction, a: readonly string[], b: readonly string[]): boolean {
  return !groups.some(
    ({ devices }) => a.some((one) => devices.includes(one)) && b.some((one) => devices.includes(one)),
  );
}

// --- An option that is in the way ------------------------------------------------------------------------------

function freedWays(
  { facts, boot }: Question,
  before: Grouping,
  a: readonly string[],
  b: readonly string[],
): WayApart[] {
  const without = lineWithoutHindrances(boot.options);
  if (without === undefined) return [];
  const { items, options, risk } = without;
  const { prediction } = groupingOf(facts, { ...boot, options });
  if (!areApart(prediction, a, b)) return [];
  return [
    {
      kind: "option",
      what: `take ${inWords(items)} off the kernel's options: the ports then use the ACS that they have`,
      risk,
      predicted: outcomeOf(before, options, prediction, [...a, ...b]),
    },
  ];
}

function outcomeOf(
  before: Grouping,
  options: string,
  prediction: GroupsPrediction,
  asked: readonly string[],
): NonNullable<WayApart["predicted"]> {
  return {
    options,
    groups: holding(prediction, asked),
    alsoSplits: dividedBy(before.prediction, prediction, asked),
  };
}

// --- Another slot ----------------------------------------------------------------------------------------------

/** Ports with nothing below them that keep what is plugged in there apart. */
function slotWays(
  { facts, name }: Question,
  { keepsApart }: Grouping,
  obstacles: readonly AcsObstacle[],
): WayApart[] {
  if (obstacles.length === 0) return [];
  const occupied = bridgesAbove(facts.devices);
  const free = facts.devices.filter((device) => isSlot(device) && !occupied.has(device.path));
  const good = free.filter(({ address }) => keepsApart(address)).map(({ address }) => name(address));
  if (good.length === 0) return [];
  return [
    {
      kind: "slot",
      what: `move one of the cards to a slot of its own: nothing is below ${inWords(good)}, which keep${good.length === 1 ? "s" : ""} apart what is plugged in there`,
      risk: "None, but the slot may have fewer lanes, and addresses of other cards may move.",
    },
  ];
}

/** A root port or a switch's downstream port that says that it has a slot; not of those that Intel VMD hides. */
function isSlot(device: PciDevice): boolean {
  const { config } = device;
  if (!config.known || config.value.slot !== true || vmdBefore(device) !== undefined) return false;
  return config.value.pcieType === 4 || config.value.pcieType === 6;
}

/** The paths that some device is below. Looked for once for all devices: a big machine has thousands. */
function bridgesAbove(devices: readonly PciDevice[]): ReadonlySet<string> {
  const above = new Set<string>();
  for (const { path } of devices) {
    for (let at = posix.dirname(path); at.length > 1 && !above.has(at); at = posix.dirname(at)) above.add(at);
  }
  return above;
}

// --- A switch in the firmware ----------------------------------------------------------------------------------

function firmwareWays(
  { facts, boot, name }: Question,
  before: Grouping,
  a: readonly string[],
  b: readonly string[],
  obstacles: readonly AcsObstacle[],
): WayApart[] {
  const behind = sharedReasons(before.prediction, a, b).find(({ rule }) => rule === "real-dma-device");
  if (behind !== undefined) return [vmdOff(behind.joins, name)];
  const ports = portsWithSwitch(obstacles, facts.devices, facts.iommu);
  if (ports.length === 0) return [];
  // The switch does for these ports what the override by their ids would: only shown where that is enough.
  const ids = ports.map(({ vendor, device }) => `id:${vendor}:${device}`);
  const options = withOverride(boot.options, [...overrideItems(boot.options), ...ids].join(","));
  const { prediction } = groupingOf(facts, { ...boot, options, acsOverride: "assume" });
  return areApart(prediction, a, b) ? [amdSwitch(ports, name)] : [];
}

// --- The override ----------------------------------------------------------------------------------------------

function overrideWays(
  { facts, boot }: Question,
  before: Grouping,
  a: readonly string[],
  b: readonly string[],
  obstacles: readonly AcsObstacle[],
): WayApart[] {
  // What a kernel obeys already keeps others apart, so it stays.
  const obeyed = boot.acsOverride === "assume" ? usefulItems(facts, boot) : [];
  const valueWith = (value: string): string => [...new Set([...obeyed, ...value.split(",")])].join(",");
  const groupingWith = (
    value: string,
  ): { readonly options: string; readonly prediction: GroupsPrediction } => {
    const options = withOverride(boot.options, valueWith(value));
    const { prediction } = groupingOf(facts, { ...boot, options, acsOverride: "assume" });
    return { options, prediction };
  };
  const ids = smallest(
    [...new Set(obstacles.flatMap(({ overrides }) => overrides.filter((item) => item.startsWith("id:"))))],
    (some) => areApart(groupingWith(some.join(",")).prediction, a, b),
  );
  const values = [...(ids.length === 0 ? [] : [ids.join(",")]), "downstream", "downstream,multifunction"];
  return values.flatMap((value): WayApart[] => {
    const { options, prediction } = groupingWith(value);
    if (!areApart(prediction, a, b)) return [];
    return [
      {
        kind: "override",
        what: `boot a kernel with the ACS override patch and ${ACS_OVERRIDE}=${valueWith(value)}`,
        option: `${ACS_OVERRIDE}=${valueWith(value)}`,
        risk: riskOf(value),
        predicted: outcomeOf(before, options, prediction, [...a, ...b]),
      },
    ];
  });
}

/** Of an override that is obeyed, the items without which other groups would come: many name their own card in vain. */
function usefulItems(facts: GroupingFacts, boot: GroupingBoot): readonly string[] {
  const shapeWith = (items: readonly string[]): string => {
    const { prediction } = groupingOf(facts, {
      ...boot,
      options: withOverride(boot.options, items.join(",")),
    });
    return JSON.stringify(prediction.groups.map(({ devices }) => devices));
  };
  const all = heeded(overrideItems(boot.options));
  const wanted = shapeWith(all);
  return all
    .filter((item) => item.startsWith("id:"))
    .reduce<readonly string[]>((kept, item) => {
      const without = kept.filter((one) => one !== item);
      return shapeWith(without) === wanted ? without : kept;
    }, all);
}

/** The least of these that still does: each that the patch heeds is left out in turn, if it can be. */
function smallest(items: readonly string[], does: (some: readonly string[]) => boolean): readonly string[] {
  const first = heeded(items);
  if (first.length === 0 || !does(first)) return [];
  return first.reduce<readonly string[]>((kept, item) => {
    const without = kept.filter((one) => one !== item);
    return without.length > 0 && does(without) ? without : kept;
  }, first);
}

/** Without the ids that the patch has no room for. So there are few predictions to make, whatever the line says. */
function heeded(items: readonly string[]): readonly string[] {
  const ids = items.filter((item) => parseAcsOverride([item]).ids.length > 0).slice(0, MOST_OVERRIDE_IDS);
  return items.filter((item) => !item.startsWith("id:") || ids.includes(item));
}

function overrideItems(line: string): readonly string[] {
  return kernelWords(line)
    .map(parseOption)
    .flatMap(({ name, value }) => (name === ACS_OVERRIDE && value !== undefined ? value.split(",") : []));
}

/** Before the `--` of a line, for what follows that is for init. */
function withOverride(line: string, value: string): string {
  const ofKernel = kernelWords(line);
  const others = ofKernel.filter((option) => parseOption(option).name !== ACS_OVERRIDE);
  const rest = splitLine(line).slice(ofKernel.length);
  return [...others, `${ACS_OVERRIDE}=${value}`, ...rest].join(" ");
}

function riskOf(value: string): string {
  if (value.startsWith("id:"))
    return "The kernel assumes isolation that these devices do not give: what is behind them may reach each other's memory past the IOMMU.";
  if (value === "downstream")
    return "The kernel assumes isolation of every port without ACS: whatever is behind such ports may reach each other's memory past the IOMMU.";
  return "The kernel assumes isolation of every port and of every function of a card without ACS: a virtual machine with one function may reach the others past the IOMMU.";
}

function holding({ groups }: GroupsPrediction, addresses: readonly string[]): (readonly string[])[] {
  const wanted = new Set(addresses);
  return groups.map(({ devices }) => devices).filter((devices) => devices.some((one) => wanted.has(one)));
}

/** Groups of `before` whose devices are no longer together, but for those of the devices that are asked about. */
function dividedBy(
  before: GroupsPrediction,
  after: GroupsPrediction,
  asked: readonly string[],
): (readonly string[])[] {
  const placeOf = new Map(
    after.groups.flatMap(({ devices }, index) => devices.map((address) => [address, index] as const)),
  );
  const ofThese = new Set(asked);
  return before.groups
    .map(({ devices }) => devices)
    .filter((devices) => !devices.some((one) => ofThese.has(one)))
    .filter((devices) => new Set(devices.map((address) => placeOf.get(address))).size > 1);
}

function whyNothing(
  { name }: Question,
  { groups }: GroupsPrediction,
  a: readonly string[],
  b: readonly string[],
  obstacles: readonly AcsObstacle[],
): string[] {
  const stuck = obstacles.filter(({ overrides }) => overrides.length === 0);
  const clauses = (stuck.length > 0 ? stuck : obstacles).map(({ device, no }) => {
    const untouched =
      no.why === "acs-bits-off" ? ", and the override leaves alone what has the capability" : "";
    return `${name(device)} ${explainNo(no)}${untouched}`;
  });
  const shared = sharedReasons({ groups }, a, b);
  // Ids that two devices share are no matter of ACS, so no obstacle of either.
  const byId = shared.filter(({ rule }) => rule === "dma-alias" || rule === "real-dma-device");
  return [...new Set([...byId.map((reason) => explainReason(reason, name)), ...clauses])];
}

/** Why the two are together, over each group that they share. */
function sharedReasons(
  { groups }: Pick<GroupsPrediction, "groups">,
  a: readonly string[],
  b: readonly string[],
): readonly MergeReason[] {
  return groups.flatMap((group) => {
    const [one, other] = [a, b].map((some) => some.find((address) => group.devices.includes(address)));
    return one === undefined || other === undefined ? [] : whyTogether(group, one, other);
  });
}
