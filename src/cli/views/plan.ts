import type { AcsPatch, Change, Plan } from "../../model/index.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { diagnosticLines } from "./diagnostics.ts";
import { factText } from "./fact.ts";
import { nextBootLines } from "./next-boot.ts";
import { planVerdict } from "./plan-verdict.ts";
import { shownFiles } from "./shown-files.ts";
import { judgedLines } from "./status.ts";
import { stepLines } from "./steps.ts";

/** A plan for the person who is about to run it. Asynchronous, for the differ is only loaded when a file changes. */
export async function renderPlan(plan: Plan, style: Style): Promise<string> {
  const sections = [
    headerLines(plan, style),
    section(
      "Changes",
      [...plan.changes.flatMap((change) => changeLines(change, style)), ...unchangedLines(plan, style)],
      style,
    ),
    section("No longer declared", noLongerDeclaredLines(plan), style),
    await fileSection(plan, style),
    section(
      "Steps",
      plan.steps.flatMap((step) => stepLines(step, style)),
      style,
    ),
    section("Next boot", nextBootLines(plan.nextBoot, style), style),
    section("Trial", trialLines(plan), style),
    section(
      "Requirements",
      plan.requirements.flatMap((requirement) => judgedLines(requirement, style)),
      style,
    ),
    diagnosticLines(plan.diagnostics, style),
    [style.bold(planVerdict(plan))],
  ];
  return written(
    sections
      .filter((lines) => lines.length > 0)
      .flatMap((lines, at) => (at === 0 ? lines : [text``, ...lines])),
  );
}

function section(title: string, lines: readonly TerminalText[], style: Style): readonly TerminalText[] {
  return lines.length === 0 ? [] : [style.bold(title), ...lines];
}

function headerLines(
  { host, spec, undoes, task, keeps, leaves, acsOverride }: Plan,
  style: Style,
): readonly TerminalText[] {
  const evidence = host.evidence.map((clause) => text`             ${style.dim(clause)}`);
  return [
    text`Host         ${factText(host.hostname, style)}, ${factText(host.os, style)}`,
    text`Running      ${factText(host.runningRelease, style)}`,
    ...(undoes === undefined ? [] : [text`Undo of      apply ${undoes}`]),
    ...(task === undefined ? [] : [text`Task         ${task}`]),
    ...(keeps === undefined ? [] : [text`Keeps        trial ${keeps}`]),
    ...(leaves === true
      ? [text`Leaves       nothing is declared, and what is hostcfg's own goes`]
      : specLines(spec, task, style)),
    text`Boot loader  ${factText(host.bootLoader, style)}`,
    ...evidence,
    ...(acsOverride === undefined ? [] : [acsPatchLine(acsOverride, style)]),
  ];
}

/** Of what is disabled only the path is known, if anything. */
function specLines(
  { path, sha256, include }: Plan["spec"],
  task: Plan["task"],
  style: Style,
): readonly TerminalText[] {
  const digest = (of: string): TerminalText => style.dim(text`(sha256 ${of.slice(0, 12)}…)`);
  if (task !== "disable-verify")
    return [
      text`Spec         ${path} ${digest(sha256)}`,
      ...(include === undefined ? [] : [text`Include      ${include.path} ${digest(include.sha256)}`]),
    ];
  return path === "" ? [] : [text`Spec         ${path}`];
}

/** The last clause is the one that decided; the others came to nothing. */
function acsPatchLine({ release, answer, evidence }: AcsPatch, style: Style): TerminalText {
  const words = { carried: "carried by", absent: "not in", unknown: "unknown of" } as const;
  return text`ACS patch    ${words[answer]} ${release} ${style.dim(text`(${evidence.at(-1) ?? ""})`)}`;
}

export function changeLines(change: Change, style: Style): readonly TerminalText[] {
  const when = change.effect === "next-boot" ? style.dim("  (at the next boot)") : "";
  return [
    text`  ${signedAddress(change, style)}${valueText(change)}${when}`,
    text`      ${style.dim(change.reason)}`,
  ];
}

function signedAddress({ action, address }: Change, style: Style): TerminalText {
  switch (action) {
    case "create":
      return style.green(text`+ ${address}`);
    case "update":
      return style.yellow(text`~ ${address}`);
    case "delete":
      return style.red(text`- ${address}`);
  }
}

function valueText({ before, after }: Change): TerminalText {
  if (before === null) return after === null ? text`` : text`: ${after}`;
  return after === null ? text`: ${before}` : text`: ${before} -> ${after}`;
}

function unchangedLines({ unchanged }: Plan, style: Style): readonly TerminalText[] {
  return unchanged.map(({ address, reason }) => text`  ${style.dim(text`= ${address}: ${reason}`)}`);
}

function noLongerDeclaredLines({ noLongerDeclared = [] }: Plan): readonly TerminalText[] {
  return noLongerDeclared.map(({ address, outcome, reason }) =>
    outcome === "kept" ? text`  ${address}: kept: ${reason}` : text`  ${address}: given back: ${reason}`,
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
  ];
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
