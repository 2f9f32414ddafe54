import { ACS_OVERRIDE, hasOption, splitLine } from "../cmdline.ts";
import type { Diagnostic, HostState } from "../model/index.ts";
import { compareAddresses, shortAddress } from "../pci/address.ts";
import { inWords } from "../pci/describe.ts";
import { unknownRules } from "../pci/grouping/kernel-iommu.ts";
import { predictGroups } from "../pci/grouping/predict.ts";

/**
 * Compares the groups that came with those that are predicted for this boot's own line and kernel: a warning where the
 * prediction is wrong, for then nothing that was foreseen for the next boot is to be trusted either.
 */
export function predictionWrong({ pci, iommu, running, acsOverride }: HostState): Diagnostic[] {
  if (!pci.known || !iommu.groups.known || iommu.groups.value.length === 0 || !running.cmdline.known)
    return [];
  const release = running.release.known ? running.release.value : undefined;
  if (unknownRules(iommu, release) !== undefined) return [];
  const obeys = obeyed(running.cmdline.value, acsOverride);
  if (obeys === undefined) return [];
  const { groups, confidence, missing } = predictGroups(
    { devices: pci.value, iommu, running },
    { options: running.cmdline.value, acsOverride: obeys },
  );
  // A guess stands on the present groups themselves.
  if (confidence === "guess") return [];
  const wrong = misplaced(
    iommu.groups.value.map(({ devices }) => devices),
    groups.map(({ devices }) => devices),
  );
  if (wrong.length === 0) return [];
  const shown = inWords(wrong.slice(0, MOST_SHOWN).map(shortAddress));
  const more = wrong.length > MOST_SHOWN ? ` and ${wrong.length - MOST_SHOWN} more` : "";
  return [
    {
      severity: "warning",
      code: "prediction-wrong",
      summary: `the groups of this boot are not those that were predicted: ${shown}${more} ${wrong.length === 1 ? "is" : "are"} with others than expected`,
      detail: [`confidence of the prediction: ${confidence}`, ...missing].join("\n"),
      hint: "hostcfg groups shows both; a report with a hostcfg capture of this host would help",
    },
  ];
}

const MOST_SHOWN = 6;

/** Whether this boot's kernel obeys the option, by its own word; undefined where that is unknown and matters. */
function obeyed(line: string, facts: HostState["acsOverride"]): "assume" | "absent" | undefined {
  if (!hasOption(splitLine(line), ACS_OVERRIDE)) return "absent";
  const log = facts?.bootLog;
  if (log?.known !== true) return undefined;
  if (log.value.overridesEnabled) return "assume";
  return hasOption(log.value.unknownParameters, ACS_OVERRIDE) ? "absent" : undefined;
}

type Partition = readonly (readonly string[])[];

/** The devices whose companions are others in one partition than in the other. */
function misplaced(now: Partition, predicted: Partition): string[] {
  const companions = (partition: Partition): Map<string, string> =>
    new Map(
      partition.flatMap((devices) => {
        const key = [...devices].sort().join(" ");
        return devices.map((one) => [one, key] as const);
      }),
    );
  const [here, there] = [companions(now), companions(predicted)];
  return [...there.keys()].filter((one) => here.get(one) !== there.get(one)).sort(compareAddresses);
}
