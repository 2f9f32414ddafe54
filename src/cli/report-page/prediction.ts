import type { PredictedGroups } from "../../plan/groups.ts";
import { counted } from "../views/diagnostics.ts";
import type { Markup } from "./markup.ts";
import { markup, NOTHING } from "./markup.ts";
import type { Scene } from "./scene.ts";

/** Above the tree: why a boot has no groups, where that is so, and how to read the regions. */
export function currentLines({ report: { groups, planned }, regions }: Scene): Markup {
  const { current } = groups;
  const now = current.known
    ? current.why === undefined
      ? NOTHING
      : markup`<p><b>This boot has no groups:</b> ${current.why}</p>`
    : markup`<p><b>The groups of this boot are unknown:</b> ${current.why}</p>`;
  const next = planned.known
    ? planned.iommu.state === "off"
      ? markup`<p><b>The next boot has no groups:</b> ${planned.iommu.why}</p>`
      : NOTHING
    : markup`<p><b>The groups of the next boot are unknown:</b> ${planned.why}</p>`;
  const legend =
    regions.now === undefined && regions.next === undefined
      ? NOTHING
      : markup`<p class="note">A coloured block is one IOMMU group, with its number${regions.all.every((one) => one.now) ? "" : "; #1, #2 … are groups that are new at the next boot, whose numbers nobody knows"}. <b>!</b> marks what keeps devices together. Groups of one device that the spec does not name are grey.</p>`;
  return markup`${now}${next}${legend}`;
}

/** What the groups of the next boot were predicted from, and how sure that is. */
export function predictionList({ report: { planned, plan } }: Scene): Markup {
  if (!planned.known) return NOTHING;
  const { options, optionsFrom, confidence, missing, iommu, groups } = planned;
  const doubt =
    iommu.state === "unknown"
      ? [["IOMMU", markup`unknown (${iommu.why}); predicted as if it is on`] as const]
      : [];
  const rows: readonly (readonly [label: string, value: Markup])[] = [
    [
      "Predicted",
      markup`${iommu.state === "off" ? "no groups" : counted(groups.length, "group")} for the boot that the plan leads to (${confidence})`,
    ],
    ["Options", markup`<code>${options === "" ? "(none)" : options}</code>`],
    ["From", markup`${optionsFrom}`],
    ...overrideRow(planned),
    ...doubt,
    ...missing.map((clause) => ["Missing", markup`${clause}`] as const),
    ...(plan.rebootNeeded || !plan.applyable || plan.requirements.length === 0
      ? []
      : [["Judged by", markup`this boot's groups: the plan leads to no other boot`] as const]),
  ];
  return markup`<dl class="fields small">${rows.map(
    ([label, value]) => markup`<div><dt>${label}</dt><dd><p>${value}</p></dd></div>
`,
  )}</dl>`;
}

function overrideRow(
  planned: Extract<PredictedGroups, { known: true }>,
): readonly (readonly [string, Markup])[] {
  const { acsOverride, acsOverrideEvidence, acsOverrideProven } = planned;
  if (acsOverrideEvidence.length === 0) return [];
  const carries = acsOverride === "assume" ? "carries" : "does not carry";
  const taken = acsOverrideProven
    ? `the kernel ${carries} the patch`
    : "whether the kernel carries the patch is unknown";
  return [["ACS override", markup`${taken}: ${acsOverrideEvidence.join("; ")}`]];
}
