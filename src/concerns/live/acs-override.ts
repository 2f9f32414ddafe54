import { ACS_OVERRIDE, hasOption } from "../../cmdline.ts";
import type { Finding } from "../../model/index.ts";
import type { WaitingInput } from "./live.ts";
import { finding } from "./live.ts";

/** Whether the kernel has taken the option, by its own word; before a boot with it only whether one could. */
export function liveAcsOverride({
  state: { acsOverride },
  plan,
  rebootPending,
}: WaitingInput): readonly Finding[] {
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
