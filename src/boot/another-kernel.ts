import type { Diagnostic, LoaderEntry, TextFile } from "../model/index.ts";
import { otherKernelText } from "./bls/way-back-entry.ts";
import type { Instead, Protected, StandIn, UnnumberedStep } from "./loader.ts";
import { warning } from "./problem.ts";
import { WAY_BACK_ADDRESS, wayBackChange } from "./way-back.ts";
import { writeText } from "./write-text.ts";

/**
 * Where a package takes the place of the kernel that boots next, a copy of what boots would have no modules to load. So an
 * entry of hostcfg's own with another kernel's files boots meanwhile.
 */
export function insteadOf(
  host: StandIn,
  entry: LoaderEntry,
  steps: readonly UnnumberedStep[],
): Instead | "none" | undefined {
  return steps
    .map((step) => (step.kind === "exec" ? host.instead?.(step.action, entry) : undefined))
    .find((other) => other !== undefined);
}

/** @param at Where hostcfg's own entry stands, and the default that it takes the place of. */
export function byAnotherKernel(
  chosen: LoaderEntry,
  { entry, text }: Instead,
  at: { readonly path: string; readonly present: TextFile | undefined; readonly former: string | undefined },
): Pick<Protected<never>, "opening" | "changes"> {
  const { path, present, former } = at;
  const content = otherKernelText(entry, text, { former });
  const title = `write an entry for what boots meanwhile, as ${entry.id} does`;
  const step = { stage: "way-back", title, serves: [WAY_BACK_ADDRESS], path, content } as const;
  return {
    opening: present?.text === content ? [] : [writeText(step, present)],
    changes: [
      wayBackChange(
        present === undefined,
        `${entry.id}, booting meanwhile`,
        `the kernel of ${chosen.id} is replaced, whose files go first; it stays in the menu`,
      ),
    ],
  };
}

export function noOtherEntry({ id }: LoaderEntry): Diagnostic {
  return warning(
    "way-back-unset",
    `the kernel of ${id} is replaced, whose files go first, and no entry starts another kernel: if this plan is interrupted then, the host does not come up by itself`,
    "write an entry for another kernel in loader/entries first, or keep a live USB stick at hand while it is applied",
  );
}
