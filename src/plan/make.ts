import type { BootWish, DraftStep, LoaderPlan } from "../boot/loader.ts";
import { STAGES } from "../boot/loader.ts";
import { chooseLoader } from "../boot/choose.ts";
import { LOADERS } from "../boot/loaders.ts";
import { undriven } from "../boot/undriven.ts";
import type { ConcernResult } from "../concerns/concern.ts";
import { acsPatchAtNextBoot } from "../concerns/acs-override.ts";
import { CONCERNS } from "../concerns/index.ts";
import { installedBy, kernelsAfter, packages } from "../concerns/packages.ts";
import type { Requirement, DebFact, Diagnostic, HostState, Plan, Step } from "../model.ts";
import type { SpecSource } from "./source.ts";
import { review } from "./review.ts";

/** What is declared, and what one look at the host and at the .deb files has shown. */
export interface Observed {
  readonly source: SpecSource;
  readonly state: HostState;
  readonly debs: readonly DebFact[];
}

/** The plan that takes this host to the spec. Pure: the same input always gives the same plan. */
export function makePlan({
  hostcfgVersion,
  ...observed
}: Observed & { readonly hostcfgVersion: string }): Plan {
  const plan = compare(observed);
  const requirements = plan.rebootNeeded ? plan.requirements.map(judgedByThisBoot) : plan.requirements;
  return { formatVersion: "1.0", hostcfgVersion, ...plan, requirements };
}

/** A plan without the header of the document that it is saved as. */
export type Comparison = Omit<Plan, "formatVersion" | "hostcfgVersion">;

export function compare({ source, state, debs }: Observed): Comparison {
  const { spec } = source;
  const fromPackages = packages({ spec, state, debs });
  const installing = installedBy(fromPackages.changes ?? []);
  const kernels = kernelsAfter(spec, state, debs, installing);
  const results = [
    fromPackages,
    ...CONCERNS.map((concern) => concern({ spec, state, debs, kernels, installing })),
  ];
  const wish = results.reduce<BootWish>((all, result) => ({ ...all, ...result.wish }), {});

  const loaderName = chooseLoader(state.bootLoader, spec.bootLoader);
  const loader = loaderName.known
    ? LOADERS[loaderName.value].plan({ state, wish, kernels, hooksRun: installing.length > 0 })
    : undriven(state, loaderName.why, wish);
  const changes = [...results.flatMap((result) => result.changes ?? []), ...loader.changes];
  const requirements = results.flatMap((result) => result.requirements ?? []);
  const diagnostics = [
    ...source.diagnostics,
    ...results.flatMap((result) => result.diagnostics ?? []),
    ...loader.diagnostics,
  ];
  const acsOverride = acsPatchAtNextBoot({ spec, state, debs, installing });
  const { hostname, os } = state.identity;
  const draft = {
    spec: { path: source.path, sha256: source.sha256, document: spec },
    host: {
      hostname,
      os: os.known ? { known: true as const, value: os.value.prettyName ?? os.value.name } : os,
      runningRelease: state.running.release,
      bootLoader: loaderName,
      evidence: state.bootLoader.evidence,
    },
    nextBoot: loader.nextBoot,
    changes,
    unchanged: [...results.flatMap((result) => result.unchanged ?? []), ...loader.unchanged],
    steps: inOrder([
      ...withHooks(
        loader.hooks,
        results.flatMap((result: ConcernResult) => result.steps ?? []),
      ),
      ...loader.steps,
    ]),
    requirements,
    ...(acsOverride === undefined ? {} : { acsOverride }),
    diagnostics,
  };
  const reviewed = review(draft, state, wish);
  return {
    ...draft,
    ...reviewed,
    diagnostics: reviewed.diagnostics.map((diagnostic) => located(diagnostic, source)),
  };
}

/** Installing packages runs the loader's hooks, so those steps keep and flush what the hooks write. */
function withHooks(hooks: LoaderPlan["hooks"], drafts: readonly DraftStep[]): readonly DraftStep[] {
  if (hooks === undefined) return drafts;
  return drafts.map((draft) =>
    draft.stage === "packages" && draft.kind === "exec"
      ? {
          ...draft,
          touches: [...draft.touches, ...hooks.touches],
          flushes: [...draft.flushes, ...hooks.flushes],
        }
      : draft,
  );
}

function inOrder(drafts: readonly DraftStep[]): Step[] {
  return STAGES.flatMap((stage) => drafts.filter((draft) => draft.stage === stage)).map(
    ({ stage: _stage, ...step }, index) => ({
      ...step,
      id: index + 1,
    }),
  );
}

/** The groups of the next boot are not predicted yet, and those of this one must not pass for them. */
function judgedByThisBoot(requirement: Requirement): Requirement {
  if (requirement.status !== "unsatisfied") return requirement;
  return {
    ...requirement,
    reason: `in this boot: ${requirement.reason}; after the reboot, hostcfg verify judges again`,
  };
}

function located(diagnostic: Diagnostic, source: SpecSource): Diagnostic {
  if (diagnostic.source !== undefined || diagnostic.specPath === undefined) return diagnostic;
  const range = source.locate(diagnostic.specPath);
  return range === undefined ? diagnostic : { ...diagnostic, source: range };
}
