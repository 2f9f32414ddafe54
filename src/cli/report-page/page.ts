import type { HostReport } from "../../plan/report.ts";
import type { Fact } from "../../model/index.ts";
import { planVerdict } from "../views/plan-verdict.ts";
import { PAGE_BEGINS } from "./begins.ts";
import { changeList, fileDiffs, stepList } from "./changes.ts";
import { diagnosticList } from "./diagnostics.ts";
import { groupCards } from "./groups.ts";
import type { Markup } from "./markup.ts";
import { markup, NOTHING } from "./markup.ts";
import { nextBootTable } from "./next-boot.ts";
import { currentLines, predictionList } from "./prediction.ts";
import { declaredDevices, requirementList } from "./requirements.ts";
import { sceneOf } from "./scene.ts";
import type { Scene } from "./scene.ts";
import { policyFor, STYLE } from "./style.ts";
import { treeTable } from "./tree.ts";
import { whyCards } from "./why.ts";

/**
 * One page of a report: one file that names nothing outside itself. Its policy forbids scripts, and whatever would be
 * loaded; only its own style applies, by digest.
 */
export function renderPage(report: HostReport): string {
  const { plan } = report;
  const scene = sceneOf(report);
  const sections = sectionsOf(scene);
  const title = plan.host.hostname.known ? plan.host.hostname.value : "host";
  const rest = markup` ${plan.hostcfgVersion}" />
<meta http-equiv="Content-Security-Policy" content="${policyFor(STYLE)}" />
<meta name="referrer" content="no-referrer" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>${title}: hostcfg report</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
${header(scene)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main id="content">
${sections.map(
  ({ id, title, body }) => markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`,
)}</main>
<footer><p>Made by hostcfg ${plan.hostcfgVersion}. It shows what <code>hostcfg plan</code> and <code>hostcfg groups</code> say, and changed nothing.</p></footer>
</body>
</html>
`;
  return `${PAGE_BEGINS}${rest.written}`;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

function says({ changes, noLongerDeclared = [], unchanged }: HostReport["plan"]): boolean {
  return changes.length + noLongerDeclared.length + unchanged.length > 0;
}

function sectionsOf(scene: Scene): readonly Section[] {
  const { plan, devices, pairs, groups } = scene.report;
  const section = (id: string, title: string, when: boolean, body: () => Markup): readonly Section[] =>
    when ? [{ id, title, body: body() }] : [];
  const writes = plan.steps.some(({ kind }) => kind === "writeFile" || kind === "restore");
  return [
    ...section("problems", "Errors and warnings", plan.diagnostics.length > 0, () =>
      diagnosticList(plan.diagnostics),
    ),
    ...section("requirements", "Requirements", plan.requirements.length > 0, () => requirementList(scene)),
    ...section("devices", "Declared devices", devices.length > 0, () => declaredDevices(scene)),
    ...section("tree", "PCI tree and IOMMU groups", true, () =>
      groups.devices.known
        ? markup`${currentLines(scene)}${treeTable(scene)}${predictionList(scene)}`
        : markup`<p>The PCI devices are unknown: ${groups.devices.why}</p>`,
    ),
    ...section("why", "Why they share a group", pairs.length > 0, () => whyCards(scene)),
    ...section("changes", "Changes", says(plan), () => changeList(plan)),
    ...section("next-boot", "Next boot", true, () => nextBootTable(plan.nextBoot)),
    ...section("files", "Files", writes, () => fileDiffs(plan)),
    ...section("steps", "Steps", plan.steps.length > 0, () => stepList(plan)),
    ...section("groups", "All groups", scene.regions.all.length > 0, () => groupCards(scene)),
  ];
}

function header({ report: { plan, groups, planned }, regions }: Scene): Markup {
  const { host, spec, applyable, changes, complete, rebootNeeded, requirements } = plan;
  const tone = !applyable ? "bad" : changes.length === 0 && complete ? "good" : "open";
  const met = requirements.filter(({ status }) => status === "satisfied").length;
  const predicted = requirements.filter(({ status }) => status === "predicted").length;
  const now = groups.current.known ? groups.current.groups.length : undefined;
  const next = planned.known ? planned.groups.length : undefined;
  const tiles: readonly (readonly [label: string, value: string])[] = [
    ["Changes", String(changes.length)],
    ...(requirements.length === 0
      ? []
      : [
          [
            "Requirements",
            `${met} of ${requirements.length} met${predicted === 0 ? "" : `, ${predicted} predicted`}`,
          ] as const,
        ]),
    [
      "IOMMU groups",
      `${now ?? "unknown"} now, ${regions.same ? "the same" : (next ?? "unknown")} at the next boot`,
    ],
    ["Reboot", rebootNeeded ? "needed" : "not needed"],
  ];
  return markup`<header>
<p class="kicker">hostcfg report</p>
<h1><bdi>${host.hostname.known ? host.hostname.value : "A host without a known name"}</bdi></h1>
<p class="sub">${host.hostname.known ? NOTHING : markup`The name is unknown (${host.hostname.why}). `}${factText(host.os)}, running ${factText(host.runningRelease)}, boot loader ${factText(host.bootLoader)}</p>
<p class="verdict bar ${tone}">${planVerdict(plan)}</p>
<dl class="tiles">${tiles.map(([label, value]) => markup`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<p class="note">Spec <code>${spec.path}</code> (sha256 <code>${spec.sha256.slice(0, 12)}…</code>)${host.evidence.length === 0 ? NOTHING : markup`. Of the boot loader: ${host.evidence.join("; ")}`}.</p>
</header>
`;
}

function factText(fact: Fact<string>): string {
  return fact.known ? fact.value : `unknown (${fact.why})`;
}
