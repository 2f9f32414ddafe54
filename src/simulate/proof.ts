import { bootability } from "../boot/check.ts";
import type { Bootability, BootLoaderName, Diagnostic, Fact, HostState, Plan, Step } from "../model/index.ts";
import { errorsOf, onlyOlderCopies } from "./boot-watch.ts";

interface Judged extends Pick<Plan, "steps"> {
  readonly host: Pick<Plan["host"], "bootLoader">;
  /** Set where the plan takes an apply back. */
  readonly undoes?: string | undefined;
}

/**
 * Proves from the facts that the host comes up after each prefix of the steps, since an apply may end after any: by a
 * failure, by ^C, by a power cut between two steps. What cannot be told is no error: an apply looks at the host itself
 * after each step. Where the host is broken before the first step, only the end counts, and only if the plan mends it.
 *
 * @param states As prefixStates (simulate/step.ts) gives them.
 * @param mends Whether the plan is to mend a host that is broken.
 */
export function bootProblems(
  plan: Judged,
  states: readonly (readonly HostState[])[],
  mends: boolean,
): readonly Diagnostic[] {
  const { steps, host } = plan;
  const loader: Fact<BootLoaderName> = host.bootLoader;
  const present = states[0]?.[0];
  if (!loader.known || steps.length === 0 || present === undefined) return [];
  const first = bootability(present, loader);
  const wasBroken = first.verdict === "broken";
  if (wasBroken && !mends) return errorsOf(first).map(broken);
  for (const [at, step] of steps.entries()) {
    const after = states[at + 1] ?? [];
    const isLast = at === steps.length - 1;
    if (wasBroken ? !isLast : after.every((one, index) => one === states[at]?.[index])) continue;
    const boots = after.map((one) => bootability(one, loader));
    const [one] = boots;
    // Broken in some ways of several is unknown.
    if (one !== undefined && boots.every((boot) => isBroken(boot, isLast)))
      return errorsOf(one).map((problem) => unbootable(step, problem, hintFor(plan, wasBroken)));
  }
  return [];
}

/** An apply asks the host itself and refuses; what is only broken by the facts may be mended by then. */
function broken({ summary, hint }: Diagnostic): Diagnostic {
  return {
    severity: "warning",
    code: "next-boot-broken",
    summary: `this host does not come up as it is, and this plan does not mend that: ${summary}`,
    hint,
  };
}

/** A copy that /boot's file has grown away from still starts: a later step, or the next run of a hook, makes it again. */
function isBroken(boot: Bootability, isLast: boolean): boolean {
  return boot.verdict === "broken" && (isLast || !onlyOlderCopies(boot));
}

function unbootable(step: Step, { summary }: Diagnostic, hint: string): Diagnostic {
  return unsafe(`after step ${step.id} (${step.title}) the host would not come up: ${summary}`, hint);
}

/** A loader's tool may choose a kernel that lacks a part by itself: then nothing is wrong with the steps. */
function hintFor({ undoes }: Judged, wasBroken: boolean): string {
  if (undoes !== undefined)
    return "what booted before that apply, or a kernel that it brought, is not complete: install its package again, take it away (--packages), or declare in a spec what to boot";
  if (wasBroken)
    return "the host already does not come up (hostcfg check), and this plan does not repair it: declare a kernel.release that is complete";
  return `if a kernel in /boot lacks a part, remove it or declare a kernel.release that is complete; if none does, ${REPORT}`;
}

const REPORT = "this is a bug in hostcfg: please report it with a capture of the host (hostcfg capture)";

function unsafe(summary: string, hint: string): Diagnostic {
  return { severity: "error", code: "unsafe-order", summary, hint };
}
