import type { Change, Plan } from "../../model/index.ts";
import { counted } from "./diagnostics.ts";

/** The last line of a plan: the one that counts. */
export function planVerdict(plan: Plan): string {
  const errors = plan.diagnostics.filter(({ severity }) => severity === "error").length;
  if (!plan.applyable) return `Plan not applyable: ${counted(errors, "error")}.`;
  return [changesSentence(plan), openSentence(plan), rebootSentence(plan)]
    .filter((part) => part !== "")
    .join(" ");
}

function changesSentence(plan: Plan): string {
  const { changes } = plan;
  if (changes.length === 0) {
    if (plan.undoes !== undefined)
      return `Nothing to do: everything is as it was before apply ${plan.undoes}.`;
    if (plan.task === "enable-verify") return "Nothing to do: verify at boot is enabled like this.";
    if (plan.task === "disable-verify") return "Nothing to do: verify at boot is not enabled.";
    if (plan.steps.length > 0)
      return `No changes, but ${counted(plan.steps.length, "step")} to clear away what an earlier apply left.`;
    if (!plan.complete) return "No changes to make.";
    return plan.rebootNeeded
      ? "No changes. The next boot matches the spec."
      : "No changes. This host matches the spec.";
  }
  const count = (action: Change["action"]): number =>
    changes.filter((change) => change.action === action).length;
  const word = plan.undoes === undefined ? "Plan" : "Undo";
  return `${word}: ${count("create")} to add, ${count("update")} to change, ${count("delete")} to remove.`;
}

/** What the spec asks for and no step brings about. */
function openSentence({ complete, requirements }: Plan): string {
  if (complete) return "";
  const count = (wanted: string): number => requirements.filter(({ status }) => status === wanted).length;
  const parts = [
    ...(count("unsatisfied") === 0 ? [] : [`${counted(count("unsatisfied"), "requirement")} not met`]),
    ...(count("unknown") === 0 ? [] : [`${counted(count("unknown"), "requirement")} unknown`]),
  ];
  return parts.length === 0 ? "Some requirements cannot be checked now." : `${parts.join(", ")}.`;
}

function rebootSentence({ rebootNeeded }: Plan): string {
  return rebootNeeded ? "Reboot needed." : "";
}
