import { applyPlan } from "../../src/apply/apply.ts";
import type { ApplyOutcome } from "../../src/apply/events.ts";
import type { Host } from "../../src/host/host.ts";
import type { Plan } from "../../src/model/index.ts";
import { checkingBoot } from "./checking-boot.ts";

/** Applies to the host what `replan` gives, or the plan that was made of it before; nobody watches or stops it. */
export async function applyOn(host: Host, replan: () => Promise<Plan>, plan?: Plan): Promise<ApplyOutcome> {
  const its = plan ?? (await replan());
  const errors = its.diagnostics.filter(({ severity }) => severity === "error");
  if (!its.applyable) throw new Error(errors.map(({ summary }) => summary).join("; "));
  return applyPlan({
    plan: its,
    host,
    replan,
    checkBoot: checkingBoot(host),
    observe: () => undefined,
    signal: new AbortController().signal,
    now: () => new Date(0),
  });
}
