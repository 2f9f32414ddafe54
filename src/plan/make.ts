import type { BootWish, DraftStep, LoaderPlan, Tried, Trying, TrialInput } from "../boot/loader.ts";
import { refusedTrial } from "../boot/trial.ts";
import { unknown } from "../facts/fact.ts";
import { actsBefore, onlyThere } from "./trial.ts";
import { STAGES } from "../boot/loader.ts";
import { chooseLoader } from "../boot/choose.ts";
import { LOADERS } from "../boot/loaders.ts";
import { bootsNext } from "../boot/check.ts";
import { notMounted } from "../boot/not-mounted.ts";
import { cutApply, protect } from "../boot/protect.ts";
import { undriven } from "../boot/undriven.ts";
import { foresee } from "../simulate/foresee.ts";
import { prefixStates } from "../simulate/step.ts";
import { nextBootProblems } from "./next-boot.ts";
import type { ConcernResult } from "../concerns/concern.ts";
import { acsPatchAtNextBoot } from "../concerns/acs-override.ts";
import { CONCERNS, LATE_CONCERNS } from "../concerns/index.ts";
import { outlookOf } from "../concerns/outlook.ts";
import { former, noLongerDeclared, withDropped } from "../concerns/no-longer-declared.ts";
import { planInitrd } from "../concerns/initrd.ts";
import { vfio } from "../concerns/vfio/vfio.ts";
import { kernelsAfter, packages } from "../concerns/packages.ts";
import type {
  Action,
  Change,
  DebFact,
  DeviceLockFile,
  Diagnostic,
  HealthFacts,
  HostState,
  NoLongerDeclared,
  Plan,
  SetEarlier,
  Step,
  Trial,
} from "../model/index.ts";
import type { SpecSource } from "./source.ts";
import { withMovedLinks, withReplacedFiles } from "./upgrade.ts";
import { leadsElsewhere, review } from "./review.ts";

/** What is declared, and what one look at the host and at the .deb files has shown. */
export interface Observed {
  readonly source: SpecSource;
  readonly state: HostState;
  readonly debs: readonly DebFact[];
  /** Only where it was asked for: a verification does, a plan does not. */
  readonly health?: HealthFacts;
  /** Absent where there is no lock beside the spec. */
  readonly lock?: DeviceLockFile | undefined;
  /** The folder that holds the root of the host, where that is not this machine's. */
  readonly root?: string | undefined;
  /**
   * What the records of applies say: with it, what hostcfg has set and the spec no longer declares is given back. Absent
   * where the spec is only held against the host.
   */
  readonly earlier?: readonly SetEarlier[];
  /** hostcfg is to leave this host: what of its own goes beside what no spec declares any more, and what stays. */
  readonly leaving?: {
    readonly drafts: readonly DraftStep[];
    readonly changes: readonly Change[];
    readonly kept: readonly NoLongerDeclared[];
  };
  /** The plan is to be tried once; with it comes what decides after that boot. */
  readonly trial?: {
    readonly about: Trial;
    readonly drafts: readonly DraftStep[];
    readonly changes: readonly Change[];
    readonly diagnostics: readonly Diagnostic[];
  };
}

/** The plan that takes this host to the spec. Pure: the same input always gives the same plan. */
export function makePlan({
  hostcfgVersion,
  ...observed
}: Observed & { readonly hostcfgVersion: string }): Plan {
  return { formatVersion: "1.0", hostcfgVersion, ...compare(observed) };
}

/** A plan without the header of the document that it is saved as. */
export type Comparison = Omit<Plan, "formatVersion" | "hostcfgVersion">;

export function compare({
  source,
  state: present,
  debs,
  lock,
  root,
  earlier,
  leaving,
  trial,
}: Observed): Comparison {
  const spec = earlier === undefined ? source.spec : withDropped(source.spec, present);
  const loaderName = chooseLoader(present.bootLoader, spec.bootLoader);
  const trying = loaderName.known ? LOADERS[loaderName.value].trial : undefined;
  // Whether it is chosen for the next boot already changes nothing of what an apply would do.
  const unchosen =
    trial === undefined || trying === undefined || "why" in trying ? undefined : trying.unchosen(present);
  const state = unchosen ?? present;
  const fromPackages = packages({ spec, state, debs });
  const coming = kernelsAfter(spec, state, debs, fromPackages.installing);
  const installing = fromPackages.installing.map(({ name }) => name);
  // Not where one of them is refused.
  const packagesRun = (fromPackages.steps ?? []).length > 0;
  const binding = vfio({ spec, state, debs, kernels: coming, installing });
  const initrd = planInitrd(spec, state, coming, binding.initrd === undefined ? [] : [binding.initrd]);
  const { kernels, rebuilt } = initrd;
  const input = { spec, state, debs, kernels, installing, lock };
  const dropped = earlier === undefined ? undefined : former(input, earlier);
  const results: readonly ConcernResult[] = [
    ...(dropped === undefined ? [] : [dropped]),
    fromPackages,
    initrd,
    ...CONCERNS.map((concern) => concern(input)),
    binding,
  ];
  const asked = results.map((result) => result.wish ?? {}).reduce(joined, {});
  const wish: BootWish =
    earlier === undefined || spec.kernel?.release !== undefined ? asked : { ...asked, unpin: true };

  const before = bootsNext(state, loaderName, wish.release);
  const standIn = loaderName.known ? LOADERS[loaderName.value].standIn?.(state) : undefined;
  const cut = cutApply(standIn, before);
  const ofConcerns = results.flatMap((result) => result.steps ?? []);
  const only = trial === undefined ? undefined : onlyThere(ofConcerns, state, trial.about);
  const loader = loaderName.known
    ? LOADERS[loaderName.value].plan({
        state: cut?.state ?? state,
        wish,
        kernels,
        packagesRun,
        ...(packagesRun ? { installing: fromPackages.installing } : {}),
        hooksRun: packagesRun || rebuilt !== undefined,
        trial: only,
        rebuilt,
        cut,
      })
    : undriven(state, loaderName.why, wish);
  const drafts = inStages([...withHooks(loader.hooks, ofConcerns), ...loader.steps]);
  const ofApply = { of: "plan", plan: loader, before, cut } as const;
  const wanted = [
    ...results.flatMap((result) => result.changes ?? []),
    ...loader.changes.filter((change) => change !== cut?.change),
  ];
  const whole = protect(standIn, state, drafts, ofApply);
  const held =
    trial === undefined || trying === undefined || only === undefined
      ? whole
      : tried(trying, {
          trial,
          state,
          cut,
          drafts: [...whole.opening, ...whole.steps, ...whole.closing],
          planned: drafts,
          only,
          bytes: loader.bytes ?? 0,
          isChosen: unchosen !== undefined && !isHalfChosen(trying, present),
        });
  const changes = [
    ...(trial === undefined ? wanted : openOf(wanted, held)),
    ...held.changes,
    ...(leaving?.changes ?? []),
  ];
  const acsOverride = acsPatchAtNextBoot(input);
  const steps = inOrder([...held.opening, ...held.steps, ...held.closing, ...(leaving?.drafts ?? [])]);
  // What is done for a trial has the choice of the next boot in place already.
  const states = prefixStates(steps.length === 0 ? present : state, steps);
  const foreseen = foresee(states.at(-1) ?? [], loaderName, wish.release);
  const { nextBoot: after } = foreseen;
  const outlook = outlookOf(state, after, acsOverride, leadsElsewhere({ before, after }, steps, state));
  const late = LATE_CONCERNS.map((concern) => concern({ ...input, outlook }));
  const diagnostics = [
    ...source.diagnostics,
    ...notMounted(state, loaderName),
    ...[...results, ...late].flatMap((result) => result.diagnostics ?? []),
    ...loader.diagnostics,
    ...held.diagnostics,
    ...(loaderName.known ? nextBootProblems(loaderName.value, foreseen, wish, state) : []),
  ];
  const { hostname, machine, os } = state.identity;
  const said = [
    ...(dropped === undefined ? [] : noLongerDeclared(source.spec, changes, dropped)),
    ...(leaving?.kept ?? []),
  ];
  const draft = {
    spec: {
      path: source.path,
      sha256: source.sha256,
      document: source.spec,
      text: source.text,
      include: source.include,
    },
    host: {
      hostname,
      machine,
      rootUuid: state.rootUuid,
      root,
      os: os.known ? { known: true as const, value: os.value.prettyName ?? os.value.name } : os,
      runningRelease: state.running.release,
      bootLoader: loaderName,
      evidence: state.bootLoader.evidence,
    },
    trial: trial?.about,
    ...(leaving === undefined ? {} : { leaves: true as const }),
    nextBoot: {
      before: unchosen === undefined ? before : bootsNext(present, loaderName, wish.release),
      after,
      afterUpgrade:
        trial === undefined
          ? withMovedLinks(
              withReplacedFiles(loader.afterUpgrade(after), after, state),
              spec.bootSymlinks ?? {},
              state,
            )
          : unknown("what is tried is not the default before it is kept"),
    },
    changes,
    unchanged: [...results.flatMap((result) => result.unchanged ?? []), ...loader.unchanged],
    ...(said.length === 0 ? {} : { noLongerDeclared: said }),
    steps,
    requirements: late.flatMap((result) => result.requirements ?? []),
    acsOverride,
    diagnostics,
  };
  const reviewed = review(draft, state, wish, states, foreseen);
  return {
    ...draft,
    ...reviewed,
    diagnostics: reviewed.diagnostics.map((diagnostic) => located(diagnostic, source)),
  };
}

interface ToTry extends Pick<TrialInput, "state" | "cut" | "drafts" | "isChosen" | "bytes" | "only"> {
  readonly trial: NonNullable<Observed["trial"]>;
  /** The steps without what protects them. */
  readonly planned: readonly DraftStep[];
}

function tried(trying: Trying, { trial, planned, ...input }: ToTry): Tried {
  const { state, drafts } = input;
  if ("why" in trying) return refusedTrial(trying.why);
  const ends = prefixStates(state, inOrder(drafts)).at(-1) ?? [];
  const held = trying.tryOnce({ ...input, drafts: planned, ends });
  return {
    ...held,
    opening: [...trial.drafts, ...held.opening],
    changes: [...held.changes, ...trial.changes],
    diagnostics: [...trial.diagnostics, ...actsBefore(planned, state), ...held.diagnostics],
  };
}

function isHalfChosen(trying: Trying, state: HostState): boolean {
  return "tryOnce" in trying && trying.isHalfChosen?.(state) === true;
}

/** The changes that a step of the trial serves: the others wait until it is kept, or are done. */
function openOf(changes: readonly Change[], { opening, steps, closing }: Tried): readonly Change[] {
  const served = new Set([...opening, ...steps, ...closing].flatMap(({ serves }) => serves));
  return changes.filter(({ address }) => served.has(address));
}

/** Several concerns may want options; of the release there is one wish. */
function joined(all: BootWish, one: BootWish): BootWish {
  const options =
    all.options === undefined || one.options === undefined
      ? (all.options ?? one.options)
      : {
          present: [...all.options.present, ...one.options.present],
          absent: [...all.options.absent, ...one.options.absent],
        };
  return { ...all, ...one, ...(options === undefined ? {} : { options }) };
}

/** Whose programs run the hooks of kernels and initrds, which the loader has its part in. */
export const RUNS_HOOKS: Readonly<Record<Action["does"], boolean>> = {
  install: true,
  remove: true,
  "make-initrd": true,
  hold: false,
  unhold: false,
  "make-menu": false,
  "copy-kernel": false,
  "set-default": false,
  "set-once": false,
  pin: false,
  "put-aside": false,
  "drop-aside": false,
  "refresh-esps": false,
};

/** Packages and initrds run the loader's hooks, so those steps keep and flush what the hooks write. */
function withHooks(hooks: LoaderPlan["hooks"], drafts: readonly DraftStep[]): readonly DraftStep[] {
  if (hooks === undefined) return drafts;
  return drafts.map((draft) =>
    draft.kind === "exec" && RUNS_HOOKS[draft.action.does]
      ? {
          ...draft,
          touches: [...draft.touches, ...hooks.touches],
          flushes: [...draft.flushes, ...hooks.flushes],
        }
      : draft,
  );
}

function inOrder(drafts: readonly DraftStep[]): Step[] {
  return inStages(drafts).map(({ stage: _stage, ...step }, index) => ({ ...step, id: index + 1 }));
}

function inStages(drafts: readonly DraftStep[]): readonly DraftStep[] {
  return STAGES.flatMap((stage) => drafts.filter((draft) => draft.stage === stage));
}

function located(diagnostic: Diagnostic, source: SpecSource): Diagnostic {
  if (diagnostic.source !== undefined || diagnostic.specPath === undefined) return diagnostic;
  const range = source.locate(diagnostic.specPath);
  return range === undefined ? diagnostic : { ...diagnostic, source: range };
}
