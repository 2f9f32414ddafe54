import { textOf } from "../../facts/text-of.ts";
import type { Plan, Step, WriteFileStep } from "../../model/index.ts";

type Shown = Pick<WriteFileStep, "path" | "before" | "content">;

/** The files of a plan whose difference is shown, in the order of its steps. */
export function shownFiles({ steps }: Pick<Plan, "steps">): readonly Shown[] {
  return steps.flatMap(shownFile);
}

/** A file that is put back is shown where it is text. */
function shownFile(step: Step): readonly Shown[] {
  if (step.kind === "writeFile") return [step];
  if (step.kind !== "restore") return [];
  const { path, before, base64 } = step;
  const content = textOf(Buffer.from(base64, "base64"));
  if (content === undefined) return [];
  return [{ path, content, ...(before === undefined ? {} : { before }) }];
}
