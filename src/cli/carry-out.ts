import type { Plan } from "../model/index.ts";
import type { ApplyOutcome } from "../apply/events.ts";
import type { Look } from "./approval.ts";
import { EXIT_OF, applyShown, ask, needChroot, notApproved } from "./approval.ts";
import type { Call } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import type { FailureCode } from "./failure-codes.ts";
import type { Opened, Target } from "./io.ts";
import { jsonText } from "./json.ts";
import { rootOf } from "./target.ts";
import { text, written } from "./terminal-text.ts";
import type { FailureDocument } from "./views/failure.ts";
import { renderOutcome, renderReboot } from "./views/outcome.ts";
import { renderPlan } from "./views/plan.ts";

/** What a command prints with `--json` whose plan is not that of a spec, once there is a plan. */
interface CarriedOutDocument {
  readonly formatVersion: "1.0";
  readonly plan: Plan;
  /** Absent when nothing was tried. */
  readonly outcome?: ApplyOutcome;
  readonly error?: FailureDocument["error"];
}

/** A command that makes a plan of its own, shows it, asks, and carries it out. */
export interface OwnPlan {
  /** A new look at the host, and the plan that is then made. */
  readonly look: () => Promise<Look>;
  /** Why nothing was done, where the plan has errors. */
  readonly notApplyable: string;
  /** What is to be said once it is carried out; a line each. */
  readonly afterwards?: readonly string[];
  /** Done once all is carried out, or there was nothing to do. */
  readonly then?: () => Promise<void>;
}

/** With --json nobody is asked, so it must be approved beforehand; said before anything is read. */
export function needApproval(call: Call): void {
  const { json, autoApprove, planOnly } = call.options;
  if (json && !autoApprove && !planOnly)
    throw notApproved(call, `${call.command.name} --json never asks`, otherwise(call));
}

export async function carryOut(
  call: Call,
  { target, opened }: { readonly target: Target; readonly opened: Opened },
  { look, notApplyable, afterwards = [], then }: OwnPlan,
): Promise<number> {
  const { io, options } = call;
  const { plan } = await look();
  if (!options.json) io.stdout(await renderPlan(plan, call.style, call.options.details));
  if (!plan.applyable) {
    const code = "not-applyable" satisfies FailureCode;
    return finish(call, { plan, error: { code, message: notApplyable } }, EXIT.error);
  }
  if (options.planOnly) return finish(call, { plan }, EXIT.ok);
  needChroot(call, target, plan);
  if (plan.steps.length > 0 && !options.autoApprove && !(await ask(call, opened, plan, otherwise(call)))) {
    io.stderr("Not approved: nothing was changed.\n");
    return EXIT.error;
  }
  const outcome = await applyShown(call, opened, plan, { look });
  const exit = finish(call, { plan, outcome }, EXIT_OF[outcome.status], afterwards);
  if (exit === EXIT.ok) await then?.();
  return exit;
}

function otherwise({ command }: Call): string {
  return `or look first: hostcfg ${command.name} --plan-only`;
}

function finish(
  call: Call,
  result: Omit<CarriedOutDocument, "formatVersion">,
  exit: number,
  afterwards: readonly string[] = [],
): number {
  const { io, options, style, stderrStyle } = call;
  const { plan, outcome, error } = result;
  if (outcome !== undefined && outcome.status !== "applied" && exit !== EXIT.ok)
    io.stderr(renderOutcome(outcome, stderrStyle, rootOf(call), "same"));
  if (options.json) {
    io.stdout(jsonText({ formatVersion: "1.0", ...result } satisfies CarriedOutDocument));
    return exit;
  }
  if (outcome?.status === "applied") io.stdout(renderOutcome(outcome, style, rootOf(call), "same"));
  if (error !== undefined) io.stderr(written([text`${stderrStyle.red("error")}: ${error.message}`], style));
  if (outcome?.status === "applied") {
    io.stdout(renderReboot(plan, outcome, "Reboot to finish.", style));
    io.stdout(
      written(
        afterwards.map((line) => text`${line}`),
        style,
      ),
    );
  }
  return exit;
}
