import type { AcsPatch, Diagnostic, Plan } from "../../model/index.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { changesLines } from "./changes.ts";
import { diagnosticLines } from "./diagnostics.ts";
import { factText } from "./fact.ts";
import { nextBootLines } from "./next-boot.ts";
import { nextBootSummary } from "./next-boot-summary.ts";
import { planVerdict } from "./plan-verdict.ts";
import { shownFiles } from "./shown-files.ts";
import { judgedLines } from "./status.ts";
import { stepLines } from "./steps.ts";
import { stepsSummary } from "./steps-summary.ts";

/**
 * A plan for the person who is about to run it: what decides a yes on a screen, or with `details` all of it.
 * Asynchronous, for the differ is only loaded when a file's difference is shown.
 */
export async function renderPlan(plan: Plan, style: Style, details = false): Promise<string> {
  const sections = [
    headerLines(plan, style, details),
    changesLines(plan.changes, plan.unchanged, style),
    section("No longer declared", noLongerDeclaredLines(plan), style),
    ...(details ? [await fileSection(plan, style)] : []),
    details
      ? section(
          "Steps",
          plan.steps.flatMap((step) => stepLines(step, style)),
          style,
        )
      : stepsSummary(plan, style),
    section("Next boot", details ? nextBootLines(plan.nextBoot, style) : nextBootSummary(plan, style), style),
    section("Trial", trialLines(plan), style),
    section(
      "Requirements",
      plan.requirements.flatMap((requirement) => judgedLines(requirement, style)),
      style,
    ),
    diagnosticLines(once(plan.diagnostics), style, !details),
    [style.bold(planVerdict(plan)).wrapped(0)],
  ];
  return written(
    sections
      .filter((lines) => lines.length > 0)
      .flatMap((lines, at) => (at === 0 ? lines : [text``, ...lines])),
    style,
  );
}

/** The same of several parts of the spec is told at the first. */
function once(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const told = new Set<string>();
  return diagnostics.filter(({ severity, code, summary, detail, hint }) => {
    const key = JSON.stringify([severity, code, summary, detail, hint]);
    return told.size < told.add(key).size;
  });
}

function section(title: string, lines: readonly TerminalText[], style: Style): readonly TerminalText[] {
  return lines.length === 0 ? [] : [style.bold(title), ...lines];
}

const LABEL = "Boot loader  ".length;

function headerLines(
  { host, spec, undoes, task, keeps, leaves, acsOverride }: Plan,
  style: Style,
  details: boolean,
): readonly TerminalText[] {
  // Without a loader the evidence is all that there is.
  const evidence = details || !host.bootLoader.known ? host.evidence : [];
  return [
    text`Host         ${factText(host.hostname, style)}, ${factText(host.os, style)}, running ${factText(host.runningRelease, style)}`,
    ...(undoes === undefined ? [] : [text`Undo of      apply ${undoes}`]),
    ...(task === undefined ? [] : [text`Task         ${task}`]),
    ...(keeps === undefined ? [] : [text`Keeps        trial ${keeps}`]),
    ...(leaves === true
      ? [text`Leaves       nothing is declared, and what is hostcfg's own goes`]
      : specLines(spec, task, style, details)),
    text`Boot loader  ${factText(host.bootLoader, style)}`,
    ...evidence.map((clause) => text`             ${style.dim(clause)}`),
    ...(acsOverride === undefined ? [] : [acsPatchLine(acsOverride, style, details)]),
  ].map((line) => line.wrapped(LABEL));
}

/** Of what is disabled only the path is known, if anything. */
function specLines(
  { path, sha256, include }: Plan["spec"],
  task: Plan["task"],
  style: Style,
  details: boolean,
): readonly TerminalText[] {
  const digest = (of: string): TerminalText =>
    details && task !== "disable-verify" ? style.dim(text` (sha256 ${of.slice(0, 12)}…)`) : text``;
  if (path === "") return [];
  return [
    text`Spec         ${path}${digest(sha256)}`,
    ...(include === undefined ? [] : [text`Include      ${include.path}${digest(include.sha256)}`]),
  ];
}

/** The last clause is the one that decided; the others came to nothing. */
function acsPatchLine({ release, answer, evidence }: AcsPatch, style: Style, details: boolean): TerminalText {
  const words = { carried: "carried by", absent: "not in", unknown: "unknown of" } as const;
  const why = details || answer !== "carried" ? style.dim(text` (${evidence.at(-1) ?? ""})`) : text``;
  return text`ACS patch    ${words[answer]} ${release}${why}`;
}

function noLongerDeclaredLines({ noLongerDeclared = [] }: Plan): readonly TerminalText[] {
  return noLongerDeclared.map(({ address, outcome, reason }) =>
    text`  ${address}: ${outcome === "kept" ? "kept" : "given back"}: ${reason}`.wrapped("    ".length),
  );
}

/** What comes of the trial, whatever happens in its boot. */
function trialLines({ trial }: Plan): readonly TerminalText[] {
  if (trial === undefined) return [];
  const { decides, seconds, reboot, watchdog } = trial;
  const time = seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`;
  return [
    decides === "person"
      ? text`  Kept         where hostcfg keep is typed within ${time} after the start of that boot`
      : text`  Kept         where hostcfg verify is satisfied within ${time} after the start of that boot`,
    text`  Not kept     the host reboots into what boots now, and that boot takes the trial back`,
    text`  A panic      resets the host after 30 seconds: then as if not kept`,
    watchdog
      ? text`  A hang       is ended by the watchdog once systemd has run, else by a person: then as if not kept`
      : text`  A hang       has to be ended by a person, for there is no watchdog: then as if not kept`,
    text`  A power cut  boots what boots now: then as if not kept`,
    reboot
      ? text`  It reboots this host as soon as all steps are done.`
      : text`  It does not reboot this host.`,
  ].map((line) => line.wrapped("  A power cut  ".length));
}

async function fileSection(plan: Plan, style: Style): Promise<readonly TerminalText[]> {
  const writes = shownFiles(plan);
  if (writes.length === 0) return [];
  const { fileDiffLines } = await import("./file-diff.ts");
  return section(
    "Files",
    writes.flatMap((step) => fileDiffLines(step, style)),
    style,
  );
}
