import { ACS_OVERRIDE, hasOption, splitLine } from "../cmdline.ts";
import { clueOfFamily } from "../facts/acs-clues.ts";
import { known, unknown } from "../facts/fact.ts";
import type { AcsPatch, Fact, GroupsPrediction, HostState, IommuGroup, NextBoot } from "../model/index.ts";
import { namer } from "../pci/explain/names.ts";
import type { Question } from "../pci/explain/ways-apart.ts";
import { unknownRules } from "../pci/grouping/kernel-iommu.ts";
import { groupingOf } from "../pci/grouping/predict.ts";
import { clueOfGroups } from "../pci/override-in-groups.ts";
import { nextRelease } from "../boot/menu.ts";

/** What the boot after the plan will be like for the IOMMU groups. */
export interface Outlook {
  /** That boot is another one than this: its line or its kernel differs. Else the present groups are the answer. */
  readonly rebootNeeded: boolean;
  /** What boots then. */
  readonly after: Fact<NextBoot>;
  readonly next: Fact<{
    readonly prediction: GroupsPrediction;
    /** What it was predicted from, for explanations. */
    readonly question: Question;
  }>;
}

/**
 * Predicts the groups of the boot that a plan leads to.
 *
 * @param after What boots next once the plan is applied; this boot's own line where that is unknown and nothing changes.
 * @param patch Whether that kernel obeys `pcie_acs_override`, where the spec declares it.
 */
export function outlookOf(
  state: HostState,
  after: Fact<NextBoot>,
  patch: AcsPatch | undefined,
  rebootNeeded: boolean,
): Outlook {
  return { rebootNeeded, after, next: nextGroups(state, after, patch, rebootNeeded) };
}

function nextGroups(
  state: HostState,
  after: Fact<NextBoot>,
  patch: AcsPatch | undefined,
  rebootNeeded: boolean,
): Outlook["next"] {
  const { pci, iommu, running } = state;
  // Where a reboot changes something and nobody can tell to what, this boot says nothing of the next.
  const line = after.known ? known(after.value.options) : rebootNeeded ? after : running.cmdline;
  if (!pci.known) return pci;
  if (!line.known) return line;
  const facts = { devices: pci.value, iommu, running };
  const ran = running.release.known ? running.release.value : undefined;
  const strange = unknownRules(iommu, nextRelease(after) ?? ran);
  if (strange !== undefined) return unknown(strange);
  const release = nextRelease(after);
  const question = (acsOverride: "assume" | "absent"): Question => ({
    facts,
    boot: { options: line.value, acsOverride, kernelRelease: release },
    name: namer(pci.value),
  });
  const outlook = (acsOverride: "assume" | "absent"): Outlook["next"] => {
    const asked = question(acsOverride);
    return known({ question: asked, prediction: groupingOf(asked.facts, asked.boot).prediction });
  };
  if (!hasOption(splitLine(line.value), ACS_OVERRIDE)) return outlook("absent");
  const open = after.known && !after.value.release.known && rebootNeeded;
  const answer = patch?.answer ?? (open ? "unknown" : undeclared(state, release));
  if (answer === "unknown") {
    const kernel = release ?? "the kernel that boots next";
    return unknown(`whether ${kernel} obeys ${ACS_OVERRIDE} is unknown`);
  }
  return outlook(answer === "carried" ? "assume" : "absent");
}

/** Where the line has the option although the spec does not declare it, so that nothing was read about the kernel. */
function undeclared(state: HostState, next: string | undefined): AcsPatch["answer"] {
  const { release: running } = state.running;
  const release = next ?? (running.known ? running.value : undefined);
  if (release === undefined) return "unknown";
  const { shows } = clueOfGroups(state, release) ?? clueOfFamily(release);
  return shows === "nothing" ? "unknown" : shows;
}

/** Predicted groups in the shape of present ones; the numbers are only places in the list. */
export function asGroups({ groups }: GroupsPrediction): readonly IommuGroup[] {
  return groups.map(({ devices }, id) => ({ id, devices }));
}
