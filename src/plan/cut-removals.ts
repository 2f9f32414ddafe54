import { posix } from "node:path";
import { isPin } from "../boot/kernelstub/pin-files.ts";
import { attempt, known } from "../facts/fact.ts";
import { isRecord } from "../facts/json.ts";
import { JOURNALS } from "../facts/state-folder.ts";
import type { Reader } from "../host/reader.ts";
import type { BootLoaderFacts } from "../model/index.ts";
import { unfinishedNow } from "../journal/history.ts";
import { readJson } from "../facts/read-document.ts";

/**
 * With the pins that the newest apply was to remove and did not, for it was cut: nothing else tells them from those that
 * are kept on purpose. Only read where there are pins.
 */
export function withCutRemovals(reader: Reader, facts: BootLoaderFacts): BootLoaderFacts {
  const { kernelstub } = facts;
  if (kernelstub?.pins.known !== true || !kernelstub.entries.known) return facts;
  const pins = kernelstub.entries.value.filter(({ id }) => isPin(id)).map(({ path }) => path);
  const cutRemovals = pins.length === 0 ? [] : removalsLeft(reader).filter((path) => pins.includes(path));
  if (cutRemovals.length === 0) return facts;
  return { ...facts, kernelstub: { ...kernelstub, pins: known({ ...kernelstub.pins.value, cutRemovals }) } };
}

/** Nothing where the records may not be read, as without root, or are damaged. */
function removalsLeft(reader: Reader): readonly string[] {
  const paths = attempt("the last apply", () => {
    const open = unfinishedNow(reader);
    if (open === undefined || open.undoes !== undefined || open.task !== undefined) return [];
    const bytes = reader.readFile(posix.join(JOURNALS, open.id, "plan.json"));
    const plan = bytes === undefined ? undefined : readJson(bytes);
    const steps: unknown = isRecord(plan) ? plan["steps"] : undefined;
    return (Array.isArray(steps) ? steps.filter(isRecord) : []).flatMap(({ id, kind, path }) =>
      kind === "remove" && typeof path === "string" && open.steps[Number(id)] !== "done" ? [path] : [],
    );
  });
  return paths.known ? paths.value : [];
}
