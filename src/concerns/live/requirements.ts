import type { Finding, Requirement } from "../../model/index.ts";
import type { WaitingInput } from "./live.ts";

export function liveRequirements({ plan, rebootPending }: WaitingInput): readonly Finding[] {
  return plan.requirements.map((requirement) => judged(requirement, rebootPending));
}

/** Before the reboot, the present groups say nothing about what the spec asks for; afterwards they alone do. */
function judged(requirement: Requirement, rebootPending: boolean): Finding {
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
