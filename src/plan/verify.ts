import { vfioFindings } from "../concerns/vfio/live.ts";
import { declaredUnits, mergeOptions } from "../boot/options.ts";
import { ACS_OVERRIDE, hasOption, splitLine } from "../cmdline.ts";
import type {
  Diagnostic,
  DiagnosticCode,
  Finding,
  HostState,
  Requirement,
  Verification,
} from "../model/index.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import { predictionWrong } from "./prediction-check.ts";
import type { Comparison, Observed } from "./make.ts";
import { compare } from "./make.ts";

/** Declared against live. What is staged already, but not live, is pending until the reboot. */
export function verify(input: Observed): Verification {
  const { source, state } = input;
  const plan = compare(input);
  const findings = judge(source.spec, state, plan);
  return {
    formatVersion: "1.0",
    spec: { path: source.path, sha256: source.sha256 },
    status: worst(findings),
    findings,
    // What the planner warns of is true once its plan is applied, not before.
    diagnostics: [...plan.diagnostics, ...predictionWrong(state)]
      .filter(({ severity, code }) => severity === "error" || plan.changes.length === 0 || OF_NOW.has(code))
      // The findings judge; what keeps a plan from being applied is only worth knowing here.
      .map((diagnostic): Diagnostic => ({ ...diagnostic, severity: "warning" })),
  };
}

/** Warnings about the host as it is, whatever the plan changes. */
const OF_NOW = new Set<DiagnosticCode>(["device-moved"]);

function judge(spec: HostSpec, state: HostState, plan: Comparison): Finding[] {
  const otherHost = plan.diagnostics.find(({ code }) => code === "other-host");
  // Nothing else that could be said of another host would help.
  if (otherHost !== undefined) return [finding("hostname", "unsatisfied", otherHost.summary)];
  const others = plan.diagnostics.filter(
    ({ severity, code, specPath }) => severity === "error" && specPath !== undefined && !JUDGED.has(code),
  );
  const boot = [...releaseFinding(spec, state, plan), ...optionFindings(spec, state, plan)];
  const rebootPending = boot.some(({ status }) => status === "pending");
  return [
    ...nowFindings(plan),
    ...boot,
    ...vfioFindings(spec, state, plan.changes),
    ...acsOverrideFinding(state, plan, rebootPending),
    ...plan.requirements.map((requirement) => requirementFinding(requirement, rebootPending)),
    // What could not be planned could not be judged either.
    ...others.map(({ specPath, summary }) => finding(specPath?.join(".") ?? "", "unknown", summary)),
  ];
}

/** Errors about a part of the spec that have a finding of their own. */
const JUDGED = new Set<DiagnosticCode>([
  "symlink-occupied",
  "symlink-dangling",
  "symlink-on-fat",
  "symlink-folder",
  "kernel-missing",
  "kernel-incomplete",
  "boot-loader-unsupported",
  "release-not-next",
  "host-device-in-vm-group",
  "acs-override-unpatched",
]);

/** What is so at once, so that the plan itself is the judgement: packages, holds, links, and who shares a group. */
function nowFindings(plan: Comparison): Finding[] {
  const ofNow = (address: string): boolean =>
    !/^(kernel\.release$|kernelOptions\.|vfio\b|bootLoader\.)/.test(address);
  return [
    ...plan.unchanged
      .filter(({ address }) => ofNow(address))
      .map(({ address, reason }) => finding(address, "satisfied", reason)),
    ...plan.changes
      .filter(({ address }) => ofNow(address))
      .map(({ address, reason }) => finding(address, "unsatisfied", reason)),
    ...plan.diagnostics.flatMap(({ severity, code, address, summary }) =>
      severity === "error" &&
      address !== undefined &&
      (address.startsWith("bootSymlinks.") || code === "host-device-in-vm-group")
        ? [finding(address, "unsatisfied", summary)]
        : [],
    ),
  ];
}

function releaseFinding(spec: HostSpec, state: HostState, plan: Comparison): Finding[] {
  const wanted = spec.kernel?.release;
  if (wanted === undefined) return [];
  const { release } = state.running;
  const address = "kernel.release";
  if (!release.known) return [finding(address, "unknown", release.why)];
  const next = plan.nextBoot.before;
  const starts = next.known && next.value.release.known ? next.value.release.value : undefined;
  if (release.value === wanted) {
    if (starts === undefined || starts === wanted)
      return [finding(address, "satisfied", `${wanted} is running`)];
    return [finding(address, "unsatisfied", `${wanted} is running, but the next boot would start ${starts}`)];
  }
  if (starts === wanted)
    return [finding(address, "pending", `${release.value} is running; ${wanted} boots next`)];
  const then = starts === undefined ? "" : `, and the next boot would start ${starts}`;
  return [finding(address, "unsatisfied", `${release.value} is running${then}`)];
}

function optionFindings(spec: HostSpec, state: HostState, plan: Comparison): Finding[] {
  const { present = [], absent = [] } = spec.kernelOptions ?? {};
  const { cmdline } = state.running;
  const line = cmdline.known ? splitLine(cmdline.value) : [];
  const staged = plan.nextBoot.before;
  const stagedLine = staged.known ? splitLine(staged.value.options) : undefined;
  const judgeOne = (key: string, declared: Parameters<typeof mergeOptions>[1], has: string): Finding => {
    const address = `kernelOptions.${key}`;
    if (!cmdline.known) return finding(address, "unknown", cmdline.why);
    const holds = (options: readonly string[]): boolean => mergeOptions(options, declared).edits.length === 0;
    if (holds(line)) {
      return stagedLine === undefined || holds(stagedLine)
        ? finding(address, "satisfied", `this boot ${has}`)
        : finding(address, "unsatisfied", `this boot ${has}, the next one would not`);
    }
    if (stagedLine !== undefined && holds(stagedLine))
      return finding(address, "pending", `the next boot ${has}, this one not yet`);
    const next = stagedLine === undefined ? "; what the next one has is unknown" : ", nor of the next one";
    return finding(address, "unsatisfied", `not true of this boot${next}`);
  };
  return [
    ...declaredUnits(present).map(({ key, spellings }) =>
      judgeOne(key, { present: spellings, absent: [] }, `has ${spellings.join(" ")}`),
    ),
    ...absent.map((key) => judgeOne(key, { present: [], absent: [key] }, `is without ${key}`)),
  ];
}

/** Whether the kernel has taken the option, by its own word; before a boot with it only whether one could. */
function acsOverrideFinding({ acsOverride }: HostState, plan: Comparison, rebootPending: boolean): Finding[] {
  const log = acsOverride?.bootLog;
  if (log === undefined) {
    const unpatched = plan.diagnostics.find(({ code }) => code === "acs-override-unpatched");
    return unpatched === undefined ? [] : [finding("acsOverride", "unsatisfied", unpatched.summary)];
  }
  const judged = (status: Finding["status"], reason: string): Finding[] => [
    rebootPending && status !== "satisfied"
      ? finding("acsOverride", "pending", `to be judged after the reboot; now ${reason}`)
      : finding("acsOverride", status, reason),
  ];
  if (!log.known) return judged("unknown", log.why);
  if (log.value.overridesEnabled)
    return judged("satisfied", "the kernel says in its log that ACS overrides are enabled");
  if (hasOption(log.value.unknownParameters, ACS_OVERRIDE))
    return judged("unsatisfied", `the kernel says in its log that it does not know ${ACS_OVERRIDE}`);
  return judged("unknown", `the kernel's log does not mention ${ACS_OVERRIDE}`);
}

/** Before the reboot, the present groups say nothing about what the spec asks for; afterwards they alone do. */
function requirementFinding(requirement: Requirement, rebootPending: boolean): Finding {
  const { address, thisBoot } = requirement;
  if (thisBoot !== undefined && !rebootPending) return live(address, thisBoot);
  const { status, reason, offenders } = requirement;
  if (thisBoot === undefined || status === "satisfied" || status === "unsatisfied")
    return live(address, requirement);
  return {
    address,
    status: "pending",
    reason: status === "predicted" ? reason : `to be judged after the reboot; ${reason}`,
    offenders,
  };
}

function live(
  address: string,
  { status, reason, offenders }: Pick<Requirement, "status" | "reason" | "offenders">,
): Finding {
  return { address, status: status === "predicted" ? "pending" : status, reason, offenders };
}

function worst(findings: readonly Finding[]): Finding["status"] {
  const order = ["unsatisfied", "pending", "unknown"] as const;
  return order.find((status) => findings.some((one) => one.status === status)) ?? "satisfied";
}

function finding(address: string, status: Finding["status"], reason: string): Finding {
  return { address, status, reason, offenders: [] };
}
