import { bootability } from "../boot/check.ts";
import { LOADERS } from "../boot/loaders.ts";
import { splitLine } from "../cmdline.ts";
import type {
  Bootability,
  BootLoaderName,
  Diagnostic,
  Fact,
  HostState,
  NextBoot,
  Plan,
  Step,
} from "../model/index.ts";
import { errorsOf, onlyOlderCopies } from "./boot-guard.ts";
import { prefixStates } from "./step.ts";

interface Judged extends Pick<Plan, "steps"> {
  readonly nextBoot: Pick<Plan["nextBoot"], "before" | "after">;
  /** Set where the plan takes an apply back. */
  readonly undoes?: string;
}

/**
 * Proves from the facts that the host comes up after each prefix of the steps, since an apply may end after any: by a
 * failure, by ^C, by a power cut between two steps. What cannot be told is no error: an apply looks at the host itself
 * after each step. Where the host is broken before the first step, only the end counts, and only if the plan mends it.
 *
 * @param mends Whether the plan is to mend a host that is broken.
 */
export function bootProblems(plan: Judged, state: HostState, mends: boolean): readonly Diagnostic[] {
  const { steps } = plan;
  const loader = loaderOf(plan.nextBoot, state);
  if (!loader.known || steps.length === 0) return [];
  const states = prefixStates(state, steps);
  const wasBroken = bootability(state, loader).verdict === "broken";
  if (wasBroken && !mends) return [];
  for (const [at, step] of steps.entries()) {
    const after = states[at + 1] ?? [];
    const isLast = at === steps.length - 1;
    if (wasBroken ? !isLast : after.every((one, index) => one === states[at]?.[index])) continue;
    const boots = after.map((one) => bootability(one, loader));
    const [broken] = boots;
    // Broken in some ways of several is unknown.
    if (broken !== undefined && boots.every(isBroken))
      return errorsOf(broken).map((problem) => unbootable(step, problem, hintFor(plan, wasBroken)));
  }
  // Whoever takes an apply back is told what is not known of the next boot, and not kept from it.
  const other =
    plan.undoes === undefined ? otherBoot(plan.nextBoot.after, states.at(-1) ?? [], loader.value) : undefined;
  return other === undefined
    ? []
    : [unsafe(`the steps would lead to another next boot than the plan says: ${other}`, REPORT)];
}

/** What the steps lead to in the place of what the plan says that boots then, one clause; undefined where both agree. */
export function otherThanSaid({ steps, nextBoot }: Judged, state: HostState): string | undefined {
  const loader = loaderOf(nextBoot, state);
  if (!loader.known || steps.length === 0) return undefined;
  return otherBoot(nextBoot.after, prefixStates(state, steps).at(-1) ?? [], loader.value);
}

/** The loader whose next boot the plan is about; a spec may name another one than was detected. */
function loaderOf({ after, before }: Judged["nextBoot"], { bootLoader }: HostState): Fact<BootLoaderName> {
  const told = [after, before].find((boot) => boot.known);
  return told?.known === true ? { known: true, value: told.value.loader } : bootLoader.detected;
}

/** A copy that /boot's file has grown away from still starts: a later step, or the next run of a hook, makes it anew. */
function isBroken(boot: Bootability): boolean {
  return boot.verdict === "broken" && !onlyOlderCopies(boot);
}

function unbootable(step: Step, { summary }: Diagnostic, hint: string): Diagnostic {
  return unsafe(`after step ${step.id} (${step.title}) the host would not come up: ${summary}`, hint);
}

/** A loader's tool may choose a kernel that lacks a part by itself: then nothing is wrong with the steps. */
function hintFor({ undoes }: Judged, wasBroken: boolean): string {
  if (undoes !== undefined)
    return "what booted before that apply is not whole any more: install its package again, or declare in a spec what shall boot";
  if (wasBroken)
    return "the host does not come up as it is either (hostcfg check), and this plan does not mend it: declare a kernel.release that is whole";
  return `if a kernel in /boot lacks a part, remove it or declare a kernel.release that is whole; if none does, ${REPORT}`;
}

function otherBoot(
  after: Fact<NextBoot>,
  states: readonly HostState[],
  loader: BootLoaderName,
): string | undefined {
  if (!after.known) return undefined;
  const found = states.map((state) => difference(after.value, bootOf(state, loader, after.value)));
  // One way of several may be one that does not come about.
  return found.includes(undefined) ? undefined : found[0];
}

function bootOf(state: HostState, loader: BootLoaderName, { release }: NextBoot): Fact<NextBoot> {
  const { kernels } = state;
  if (!kernels.known) return kernels;
  // Of kernels with equal files, that of the plan counts.
  const wish = release.known ? { release: release.value } : {};
  const input = { state, wish, kernels: kernels.value, packagesRun: false, hooksRun: false };
  return LOADERS[loader].plan(input).nextBoot.before;
}

function difference(said: NextBoot, found: Fact<NextBoot>): string | undefined {
  if (!found.known) return undefined;
  const { release, kernel, options } = found.value;
  if (said.release.known && release.known && said.release.value !== release.value)
    return `${release.value} in the place of ${said.release.value}`;
  if (said.kernel !== kernel) return `${kernel} in the place of ${said.kernel}`;
  // Blanks between options mean nothing, and what is written by hand may have more of them than a plan.
  if (splitLine(said.options).join(" ") !== splitLine(options).join(" "))
    return `the options "${options}" in the place of "${said.options}"`;
  return undefined;
}

const REPORT = "this is a bug in hostcfg: please report it with a capture of the host (hostcfg capture)";

function unsafe(summary: string, hint: string): Diagnostic {
  return { severity: "error", code: "unsafe-order", summary, hint };
}
