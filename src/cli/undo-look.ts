import type { Look } from "./approval.ts";
import type { Call } from "./command.ts";
import { namedEntry } from "./history-entry.ts";
import type { Opened } from "./io.ts";
import { VERSION } from "./version.ts";

/** Made from a new look at the journal, too: an undo that runs notes there what its commands have done. */
export async function undoLook(call: Call, opened: Opened, id: string): Promise<Look> {
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
