import { LIVE_CONCERNS, WAITING_CONCERNS } from "../concerns/index.ts";
import { finding } from "../concerns/live/live.ts";
import { REFUSALS } from "../concerns/vfio/not-to-give.ts";
import type { Diagnostic, DiagnosticCode, Finding, Verification } from "../model/index.ts";
import type { LiveInput } from "../concerns/live/live.ts";
import { filesOf } from "../spec/include.ts";
import { predictionWrong } from "./prediction-check.ts";
import type { Observed } from "./make.ts";
import { compare } from "./make.ts";

/** Declared against live. What is staged already, but not live, is pending until the reboot. */
export function verify(input: Observed): Verification {
  const { source, state, health } = input;
  const { earlier: _earlier, ...declared } = input;
  const plan = compare(declared);
  const findings = judge({ spec: source.spec, state, plan, ...(health === undefined ? {} : { health }) });
  return {
    formatVersion: "1.0",
    spec: filesOf(source),
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
const OF_NOW = new Set<DiagnosticCode>(["device-moved", "iommu-off-in-firmware"]);

function judge(input: LiveInput): Finding[] {
  const { diagnostics } = input.plan;
  const otherHost = diagnostics.find(({ code }) => code === "other-host");
  // Nothing else that could be said of another host would help.
  if (otherHost !== undefined) return [finding("hostname", "unsatisfied", otherHost.summary)];
  const others = diagnostics.filter(
    ({ severity, code, specPath }) => severity === "error" && specPath !== undefined && !JUDGED.has(code),
  );
  const live = LIVE_CONCERNS.flatMap((concern) => concern(input));
  const rebootPending = live.some(({ status }) => status === "pending");
  return [
    ...live,
    ...WAITING_CONCERNS.flatMap((concern) => concern({ ...input, rebootPending })),
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
  ...REFUSALS,
]);

function worst(findings: readonly Finding[]): Finding["status"] {
  const order = ["unsatisfied", "pending", "unknown"] as const;
  return order.find((status) => findings.some((one) => one.status === status)) ?? "satisfied";
}
