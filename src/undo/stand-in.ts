import { isWhole } from "../boot/bls/copies.ts";
import { isWayBack, isWayBackFile, wayBackNote } from "../boot/bls/way-back-entry.ts";
import type { EspStandIn, StandIn, UnnumberedStep } from "../boot/loader.ts";
import { LOADERS } from "../boot/loaders.ts";
import { hasTrial } from "../boot/proxmox/stand-in.ts";
import { defaultPath, isTouchedBy, protect, setsDefault } from "../boot/protect.ts";
import { run } from "../boot/run.ts";
import { TRIAL_BEFORE, TRIAL_ONCE } from "../boot/trial.ts";
import { WAY_BACK_ADDRESS } from "../boot/way-back.ts";
import { foresee } from "../simulate/foresee.ts";
import { prefixStates } from "../simulate/step.ts";
import type { UndoFacts, UndonePath } from "./facts.ts";
import type { Ordered } from "./steps.ts";
import { inUndoOrder, restoring, staged } from "./steps.ts";

/**
 * Puts back what boots while the copy that the apply put aside is the default: a kernel and its initrd are two files, and
 * between their two writes they do not belong together; and a loader's tool that a hook runs writes them in place.
 *
 * @param drafts The undo without that.
 */
export function withStandIn(facts: UndoFacts, drafts: readonly Ordered[]): readonly Ordered[] {
  const { state, loader, paths } = facts;
  const host = loader.known ? LOADERS[loader.value].standIn?.(state) : undefined;
  if (host !== undefined && "uuids" in host) return besideRefresh(facts, host, drafts);
  if (host?.chosen === undefined) return drafts;
  if (isWayBack(host.chosen.id)) return mended(facts, host, drafts);
  const place = paths.find(({ path }) => path === defaultPath(host));
  // Where this apply did not set it, an undo that is cut would not give it back.
  if (place === undefined || !isTouchedBy(host, host.chosen, drafts)) return drafts;
  if (endsInWhole(facts, host, drafts))
    return drafts.map((draft) => (setsDefault(host, draft) ? { ...draft, stage: "way-back" } : draft));
  // It may be as it was, and is given back all the same.
  const back = drafts.some((draft) => setsDefault(host, draft)) ? undefined : restoring(place);
  const own = back === undefined ? drafts : [...drafts, { ...back, of: place.step }];
  const { opening, steps, closing } = protect(host, state, own, { of: "undo", serves: [place.path] });
  if (opening.length === 0 || closing.length > 0) return drafts;
  return [
    ...opening.map((step) => ({
      ...step,
      title: `${step.title} meanwhile`,
      stage: "way-back" as const,
      of: 0,
    })),
    ...steps.flatMap((step) => withOwnRun(host, step)),
  ];
}

/** What the apply put aside is what the undo goes back to, and where nothing was put aside before it is taken away last. */
function besideRefresh(
  { entry, state }: UndoFacts,
  host: EspStandIn,
  drafts: readonly Ordered[],
): readonly Ordered[] {
  const made = entry.plan?.steps.find((step) => step.kind === "exec" && step.action.does === "put-aside");
  const { proxmox } = state.bootLoader;
  const isTried = proxmox !== undefined && hasTrial(proxmox);
  if (made === undefined && host.boots === "nowhere") return drafts;
  const aside = host.isNew ? host.aside : { what: "what booted before the apply", bytes: [] };
  const refresh = run(
    "boot",
    { does: "refresh-esps" },
    { title: "let proxmox-boot-tool refresh its ESPs", serves: [WAY_BACK_ADDRESS], ...host.written },
  );
  const isRefreshed = drafts.some((step) => step.kind === "exec" && host.refreshes(step.action));
  const all = isRefreshed || host.boots === "nowhere" ? drafts : [...drafts, { ...refresh, of: Infinity }];
  const guarded = { ...host, ...(aside === undefined ? {} : { aside }) };
  const { opening, steps } = protect(guarded, state, staged(all), { of: "undo", serves: [] });
  const isNew = entry.plan?.changes.some(
    ({ address, action }) => [WAY_BACK_ADDRESS, TRIAL_BEFORE].includes(address) && action === "create",
  );
  const drop = run(
    "added",
    { does: "drop-aside", on: host.on, esps: host.uuids },
    { title: "take away what was put aside on each ESP", serves: [WAY_BACK_ADDRESS] },
  );
  // A cut may have left a part of it beside its name.
  const isBegun = made !== undefined && entry.steps[made.id] === "begun" && entry.plan?.trial !== undefined;
  const dropTrial = run(
    "added",
    { does: "drop-aside", on: host.on, esps: host.uuids, only: "trial" },
    { title: "remove the entry that was tried from each ESP", serves: [TRIAL_ONCE] },
  );
  return [
    ...opening.map((step) => ({ ...step, stage: "way-back" as const, of: 0 })),
    ...steps,
    ...(isTried || isBegun ? [{ ...dropTrial, of: Infinity }] : []),
    ...(isNew === true && host.isLeft ? [{ ...drop, of: made?.id ?? 0 }] : []),
  ];
}

/** Whether the undo sets another default, by which what boots is whole and stays as it is: it may do so from the beginning. */
function endsInWhole(
  { state, loader, preferred }: UndoFacts,
  host: StandIn,
  drafts: readonly Ordered[],
): boolean {
  if (!drafts.some((draft) => setsDefault(host, draft))) return false;
  const { nextBoot } = foresee(prefixStates(state, inUndoOrder(drafts)).at(-1) ?? [], loader, preferred);
  const then = host.entries.filter(
    ({ id, image }) => nextBoot.known && !isWayBack(id) && image?.path === nextBoot.value.kernel,
  );
  return then.length > 0 && then.every((entry) => isWhole(entry) && !isTouchedBy(host, entry, drafts));
}

/** Where an apply, or its undo, was cut, the stand-in boots: what it stands in for may be half written. */
function mended({ entry, state }: UndoFacts, host: StandIn, drafts: readonly Ordered[]): readonly Ordered[] {
  const text = host.files.find(({ path }) => path === host.chosen?.path)?.text ?? "";
  const written = [wayBackNote(text)?.rewritten, ...(entry.plan?.steps ?? []).map(releaseMade)];
  const kernels = state.kernels.known ? state.kernels.value : [];
  const remade = drafts.map(releaseMade);
  const half = [...new Set(written)].flatMap((release) => {
    const isThere = kernels.some((kernel) => kernel.release === release && isWhole(kernel));
    if (release === undefined || remade.includes(release) || !isThere) return [];
    return host.isHalfWritten?.(release) === true ? [release] : [];
  });
  return [
    ...drafts.flatMap((draft) => withOwnRun(host, draft)),
    ...half.flatMap((release) => ownRun(host, release, [defaultPath(host)], Infinity)),
  ];
}

/** A hook that fails is not heard of, so the loader's tool runs once more by itself, before the default is given back. */
function withOwnRun(host: StandIn, draft: Ordered): readonly Ordered[] {
  const release = releaseMade(draft);
  if (release === undefined || !host.entries.some((entry) => isTouchedBy(host, entry, [draft])))
    return [draft];
  return [draft, ...ownRun(host, release, draft.serves, draft.of)];
}

function ownRun(host: StandIn, release: string, serves: readonly string[], of: number): readonly Ordered[] {
  const step = host.runByItself?.(release, serves);
  return step === undefined ? [] : [{ ...step, stage: "make", of }];
}

/** The release for which the loader's tool ran, or an initrd was made and its hooks ran that tool. */
function releaseMade(step: UnnumberedStep): string | undefined {
  if (step.kind !== "exec") return undefined;
  const { action } = step;
  return action.does === "copy-kernel" || action.does === "make-initrd" ? action.release : undefined;
}

/**
 * A copy that an earlier apply had put aside, and that this one has overwritten, may be nowhere any more. It was only there
 * for the time of that apply: this one's stays, whole as it is.
 */
export function lostCopies(open: readonly UndonePath[]): readonly UndonePath[] {
  const own = open.filter(({ path }) => isWayBackFile(path));
  return own.some((one) => restoring(one) === undefined) ? own : [];
}
