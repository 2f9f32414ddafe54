import { kernelWords, parseOption, splitLine } from "../../cmdline.ts";
import { inWords } from "../describe.ts";
import { iommuMaker } from "../grouping/next-iommu.ts";
import { groupingOf } from "../grouping/predict.ts";
import type { GroupingBoot, GroupingFacts } from "../grouping/situation.ts";
import { iommuOptions, lastIntelSwitch, switchedOffBy } from "../iommu-options.ts";

/** The options that switch an IOMMU on that is there. */
export interface SwitchOn {
  /** What to do, in the imperative. */
  readonly what: string;
  /** The whole line then. */
  readonly options: string;
  /** What a spec declares for it. */
  readonly present: readonly string[];
  readonly absent: readonly string[];
}

/** Undefined where options alone do not do it. */
export function switchOn(facts: GroupingFacts, boot: GroupingBoot): SwitchOn | undefined {
  const maker = iommuMaker(facts.iommu, facts.devices);
  if (maker === undefined) return undefined;
  const ofKernel = kernelWords(boot.options);
  const rest = splitLine(boot.options).slice(ofKernel.length);
  const removed: string[] = [];
  const added: string[] = [];
  const kept = ofKernel.flatMap((word) => {
    if (switchedOffBy(iommuOptions(word), maker) === undefined) return [word];
    removed.push(word);
    const { name, value = "" } = parseOption(word);
    const others = value.split(",").filter((item) => !item.startsWith("off"));
    if (others.length === 0) return [];
    added.push(`${name}=${others.join(",")}`);
    return [`${name}=${others.join(",")}`];
  });
  const lacks = maker === "intel" && lastIntelSwitch(iommuOptions(kept.join(" "))) === undefined;
  const options = [...kept, ...(lacks ? ["intel_iommu=on"] : []), ...rest].join(" ");
  if (groupingOf(facts, { ...boot, options }).prediction.iommu.state === "off") return undefined;
  const steps = [
    ...(removed.length === 0 ? [] : [`take ${inWords(removed)} off the kernel's options`]),
    ...(lacks ? ["add intel_iommu=on to the kernel's options"] : []),
  ];
  if (steps.length === 0) return undefined;
  const present = [...added, ...(lacks ? ["intel_iommu=on"] : [])];
  return { what: steps.join(", and "), options, present, absent: removed };
}
