import { posix } from "node:path";
import { markOf } from "../cmdline.ts";
import { isTrial } from "../boot/bls/way-back-entry.ts";
import type { Reader } from "../host/reader.ts";
import { fingerprint } from "../journal/fingerprint.ts";
import type { HistoryEntry } from "../journal/record.ts";
import { isFinished } from "../journal/record.ts";
import type { OpenTrial } from "../journal/trial.ts";
import type { Change, Diagnostic, HostState, Plan, RemoveStep, Verification } from "../model/index.ts";
import { problem } from "../boot/problem.ts";
import type { Observed } from "../plan/make.ts";
import { compare } from "../plan/make.ts";
import { leadsElsewhere } from "../plan/review.ts";
import { verify } from "../plan/verify.ts";
import { prefixStates } from "../simulate/step.ts";
import { JUDGE_WANTED, TRIAL_FILES } from "../boot/trial-files.ts";

const ADDRESS = "trial";

/**
 * The plan that keeps a trial: what an apply of its spec does now that what is tried has booted, which moves the default, and
 * then the trial's own files go.
 */
export function makeKeep(
  reader: Reader,
  plan: Plan,
  { trial, undoneWith }: OpenTrial,
  state: HostState,
): Plan {
  // A keeping that has taken away what would end the trial at the next boot has done all else before.
  const isAllButKept = undoneWith !== trial && reader.lstat(JUDGE_WANTED) === undefined;
  const refused = isAllButKept ? [] : whyNot(trial, state);
  const gone = removals(reader, trial, plan.steps.length);
  const diagnostics = [...plan.diagnostics, ...refused];
  const applyable = plan.applyable && refused.length === 0;
  const change: Change = {
    address: ADDRESS,
    action: "delete",
    before: "boots once",
    after: null,
    reason: `trial ${trial.id} is kept`,
    effect: "now",
  };
  return {
    ...plan,
    keeps: trial.id,
    changes: [...plan.changes, ...(gone.length === 0 ? [] : [change])],
    steps: [...plan.steps, ...gone],
    diagnostics,
    applyable,
    complete: applyable && plan.complete,
    // What is kept runs already.
    rebootNeeded: applyable && leadsElsewhere(plan.nextBoot, plan.steps, state),
  };
}

/** A trial that did not boot proves nothing. */
function whyNot(trial: HistoryEntry, { running }: HostState): readonly Diagnostic[] {
  const why = !isFinished(trial)
    ? "it was interrupted before it could be tried"
    : !running.cmdline.known
      ? running.cmdline.why
      : markOf(running.cmdline.value) === "trial"
        ? undefined
        : "this boot is not the one that it is tried in";
  if (why === undefined) return [];
  return [
    problem(
      "trial-refused",
      `trial ${trial.id} cannot be kept: ${why}`,
      "reboot to try it, or take it back: sudo hostcfg give-up",
    ),
  ];
}

/** The entry goes first, for nothing names it any more by then, and last what would end the trial at the next boot. */
function removals(reader: Reader, { plan }: HistoryEntry, done: number): readonly RemoveStep[] {
  const written = (plan?.steps ?? []).flatMap((step) => (step.kind === "exec" ? [] : [step.path]));
  const own = [
    ...written.filter((path) => isTrial(posix.basename(path, ".conf"))),
    ...TRIAL_FILES.toReversed().filter((path) => written.includes(path)),
  ];
  return own
    .map((path) => ({ path, expect: fingerprint(reader, path) }))
    .filter(({ expect }) => expect.kind !== "absent")
    .map(({ path, expect }, at) => ({
      id: done + at + 1,
      kind: "remove",
      title: `remove ${path}: the trial is over`,
      serves: [ADDRESS],
      path,
      expect,
    }));
}

/**
 * What verify says of the boot of a trial, judged as if it were kept: what booted before is still the default there, and that
 * is no fault of what is tried.
 */
export function verifyTrial(observed: Observed): Verification {
  const { steps } = compare(observed);
  const [kept = observed.state] = prefixStates(observed.state, steps).at(-1) ?? [];
  return verify({ ...observed, state: kept });
}
