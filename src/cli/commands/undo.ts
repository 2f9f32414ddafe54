import type { Look } from "../approval.ts";
import { needRoot } from "../approval.ts";
import { carryOut, needApproval } from "../carry-out.ts";
import type { Call } from "../command.ts";
import { Failure } from "../failure.ts";
import { historyOf, namedEntry, newestToUndo } from "../history-entry.ts";
import type { Opened } from "../io.ts";
import { shellWords } from "../shell-words.ts";
import { targetOf } from "../target.ts";
import { VERSION } from "../version.ts";

export async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "undoing what was applied to this host");
  needApproval(call, "undo");
  const opened = call.io.open(target);
  const history = await historyOf(call, opened);
  const entry = call.argument === undefined ? newestToUndo(history) : namedEntry(history, call.argument);
  if (entry.plan === undefined) {
    throw new Failure("damaged-record", `apply ${entry.id} cannot be undone: ${entry.damage.join("; ")}`, {
      hint: `what is left of its record: ${shellWords(["hostcfg", "show", entry.id])}`,
    });
  }
  return carryOut(
    call,
    { target, opened, command: "undo" },
    {
      look: () => undoLook(call, opened, entry.id),
      notApplyable: `apply ${entry.id} cannot be undone as the host is now; nothing was changed`,
    },
  );
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
