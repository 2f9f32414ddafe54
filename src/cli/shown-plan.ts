import type { HostState, Plan } from "../model/index.ts";
import type { SpecSource } from "../plan/source.ts";
import type { Call } from "./command.ts";
import type { Opened } from "./io.ts";
import { observe, planOf } from "./observe.ts";
import { openFiles } from "./open-files.ts";
import { unfinished } from "./unfinished.ts";

/** The plan with what is to be said of the host beside it, and the state that it was made from. */
export async function shownPlan(
  call: Call,
  opened: Opened,
  source: SpecSource,
): Promise<{ readonly plan: Plan; readonly state: HostState }> {
  const observed = await observe(call, opened, source);
  const made = await planOf(call, observed);
  const besides = [...unfinished(call, opened), ...openFiles(call, opened, source)];
  return { plan: { ...made, diagnostics: [...made.diagnostics, ...besides] }, state: observed.state };
}
