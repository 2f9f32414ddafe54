import type { BootWish } from "../boot/loader.ts";
import { nextRelease, releaseOrSaid } from "../boot/menu.ts";
import { releaseIn } from "../platform/platforms.ts";
import { essenceOf } from "../cmdline.ts";
import type { Diagnostic, Fact, HostState, NextBoot, Plan } from "../model/index.ts";
import { broughtBy, mends } from "../simulate/boot-watch.ts";
import type { Foreseen } from "../simulate/foresee.ts";
import { prefixProblems } from "../simulate/prefixes.ts";
import { upgradeTakesOver } from "./upgrade.ts";

type Draft = Omit<Plan, "formatVersion" | "hostcfgVersion" | "applyable" | "complete" | "rebootNeeded">;
type Review = Pick<Plan, "diagnostics" | "applyable" | "complete" | "rebootNeeded">;

/** The last look at a plan as a whole: does what was declared really boot next, and may it be carried out? */
export function review(
  draft: Draft,
  state: HostState,
  wish: BootWish,
  states: readonly (readonly HostState[])[],
  foreseen: Foreseen,
): Review {
  const diagnostics = [
    ...draft.diagnostics,
    ...notNext(draft, wish, foreseen),
    // A plan with errors may lack steps, and is not carried out.
    ...(hasErrors(draft.diagnostics) ? [] : prefixProblems(draft, states, mends(draft))),
    ...upgradeTakesOver(draft.nextBoot, state, wish),
  ];
  const applyable = !hasErrors(diagnostics);
  return {
    diagnostics,
    applyable,
    complete:
      applyable && draft.requirements.every(({ status }) => status === "satisfied" || status === "predicted"),
    rebootNeeded:
      applyable && (replacesRunning(draft, state) || leadsElsewhere(draft.nextBoot, draft.steps, state)),
  };
}

function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

/** Whatever the loader planned: a declared release that will not start is an error, never silence. */
function notNext(draft: Draft, wish: BootWish, { entries }: Foreseen): Diagnostic[] {
  const { after } = draft.nextBoot;
  if (wish.release === undefined || hasErrors(draft.diagnostics)) return [];
  const starts = nextRelease(after);
  // Also where the ways of a plan differ in their options only.
  const releases = entries.map(releaseOrSaid);
  const all = releases.length > 0 && releases.every((one) => one.known && one.value === wish.release);
  if (starts === wish.release || (!after.known && all)) return [];
  return [
    {
      severity: "error",
      code: "release-not-next",
      summary: `${wish.release} would not be the next boot: ${starts === undefined ? "what starts is unknown" : `${starts} starts`}`,
      ...(after.known ? { detail: after.value.rule } : { detail: after.why }),
      specPath: ["kernel", "release"],
    },
  ];
}

/** What boots next is another build of the running release, or other bytes of it. */
function replacesRunning({ changes, steps }: Draft, { running }: HostState): boolean {
  const runs = running.release.known ? running.release.value : undefined;
  return (
    changes.some(({ effect }) => effect === "next-boot") ||
    (runs !== undefined && broughtBy(steps).some((kernel) => releaseIn(kernel) === runs))
  );
}

/** Whether a plan leads to another boot than this one, or makes it unknown which. */
export function leadsElsewhere(
  { before, after }: Pick<Plan["nextBoot"], "before" | "after">,
  steps: Plan["steps"],
  state: HostState,
): boolean {
  return differsFromLive(after, state) || (!after.known && before.known && steps.length > 0);
}

/** Whether the staged kernel or option line is not the one that runs. An unknown half proves nothing. */
function differsFromLive(next: Fact<NextBoot>, { running }: HostState): boolean {
  if (!next.known) return false;
  const { release, options } = next.value;
  if (release.known && running.release.known && release.value !== running.release.value) return true;
  if (!running.cmdline.known) return false;
  return essenceOf(options) !== essenceOf(running.cmdline.value);
}
