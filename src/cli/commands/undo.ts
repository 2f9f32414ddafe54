import type { Plan } from "../../model.ts";
import type { ApplyOutcome } from "../../plan/events.ts";
import type { Look } from "../approval.ts";
import { EXIT_OF, applyShown, ask, needChroot, needRoot, notApproved } from "../approval.ts";
import type { Call } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import type { FailureCode } from "../failure-codes.ts";
import { Failure } from "../failure.ts";
import { historyOf, namedEntry, newestToUndo } from "../history-entry.ts";
import type { Opened } from "../io.ts";
import { jsonText } from "../json.ts";
import { shellWords } from "../shell-words.ts";
import { rootOf, targetOf } from "../target.ts";
import { text, written } from "../terminal-text.ts";
import { VERSION } from "../version.ts";
import type { FailureDocument } from "../views/failure.ts";
import { renderOutcome } from "../views/outcome.ts";
import { renderPlan } from "../views/plan.ts";

/** What `undo --json` prints once there is a plan. */
interface UndoDocument {
  readonly formatVersion: "1.0";
  readonly plan: Plan;
  /** Absent when nothing was tried. */
  readonly outcome?: ApplyOutcome;
  readonly error?: FailureDocument["error"];
}

const OTHERWISE = "or look first: hostcfg undo --plan-only";

export async function run(call: Call): Promise<number> {
  const { io, options } = call;
  const target = await targetOf(call);
  needRoot(call, target, "undoing what was applied to this host");
  if (options.json && !options.autoApprove && !options.planOnly)
    throw notApproved(call, "undo --json never asks", OTHERWISE);
  const opened = io.open(target);
  const history = await historyOf(call, opened);
  const entry = call.argument === undefined ? newestToUndo(history) : namedEntry(history, call.argument);
  if (entry.plan === undefined) {
    throw new Failure("damaged-record", `apply ${entry.id} cannot be undone: ${entry.damage.join("; ")}`, {
      hint: `what is left of its record: ${shellWords(["hostcfg", "show", entry.id])}`,
    });
  }

  const { plan } = await undoLook(call, opened, entry.id);
  if (!options.json) io.stdout(await renderPlan(plan, call.style));
  if (!plan.applyable) {
    const code = "not-applyable" satisfies FailureCode;
    const message = `apply ${entry.id} cannot be undone as the host is now; nothing was changed`;
    return finish(call, { plan, error: { code, message } }, EXIT.error);
  }
  if (options.planOnly) return finish(call, { plan }, EXIT.ok);
  needChroot(call, target, plan);
  if (plan.steps.length > 0 && !options.autoApprove && !(await ask(call, opened, plan, OTHERWISE))) {
    io.stderr("Not approved: nothing was changed.\n");
    return EXIT.error;
  }
  const outcome = await applyShown(call, opened, plan, {
    look: () => undoLook(call, opened, entry.id),
  });
  return finish(call, { plan, outcome }, EXIT_OF[outcome.status]);
}

/** Made from a new look at the journal, too: an undo that runs notes there what its commands have done. */
async function undoLook(call: Call, opened: Opened, id: string): Promise<Look> {
  const { engine, options } = call;
  const reader = opened.reader();
  const history = await engine.readHistory(reader);
  const state = await engine.probe(reader);
  const facts = await engine.readUndo(reader, history, namedEntry(history, id), state);
  return {
    state,
    plan: await engine.makeUndo(facts, { hostcfgVersion: VERSION, packages: options.packages }),
  };
}

function finish(call: Call, result: Omit<UndoDocument, "formatVersion">, exit: number): number {
  const { io, options, style, stderrStyle } = call;
  if (options.json) {
    io.stdout(jsonText({ formatVersion: "1.0", ...result } satisfies UndoDocument));
    return exit;
  }
  const { plan, outcome, error } = result;
  if (outcome?.status === "applied") io.stdout(renderOutcome(outcome, style, rootOf(call), "undo"));
  else if (outcome !== undefined && exit !== EXIT.ok)
    io.stderr(renderOutcome(outcome, stderrStyle, rootOf(call), "undo"));
  if (error !== undefined) io.stderr(written([text`${stderrStyle.red("error")}: ${error.message}`]));
  if (outcome?.status === "applied" && plan.rebootNeeded)
    io.stdout(written([style.bold(text`Reboot to finish.`)]));
  return exit;
}
