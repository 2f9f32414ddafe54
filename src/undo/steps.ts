import { posix } from "node:path";
import { isSideEffect } from "../boot/proxmox/side-effects.ts";
import type { UnnumberedStep } from "../boot/loader.ts";
import { STATE_FOLDER } from "../facts/state-folder.ts";
import { puttingBack } from "../journal/put-back.ts";
import type { Change, Fingerprint, Step } from "../model/index.ts";
import { TRIAL_FILES } from "../boot/trial-files.ts";
import type { UndonePath } from "./facts.ts";

/**
 * When in an undo a step runs. What an entry names is put back before it and taken away after it; the files that
 * decide what boots next are written in the order of the apply, in which they came last.
 */
export const UNDO_STAGES = [
  /** The way back that the apply made, where it is needed once more. */
  "way-back",
  /** What the apply took away because nothing named it any more. */
  "missing",
  /** Settings that initrds and menus are made from: nothing boots by them directly. */
  "settings",
  /** Programs that make initrds and menus from settings. */
  "make",
  /** What the loader reads, and the links. */
  "boot",
  /** hostcfg's own records of what it did. */
  "records",
  /** What the apply added and nothing names any more. */
  "added",
  "hold",
  "packages",
  /** What takes a trial back at the next boot: it is there until all of that is done. */
  "trial",
] as const;

export type UndoDraft = UnnumberedStep & { readonly stage: (typeof UNDO_STAGES)[number] };

/** The step that puts a path back; `undefined` where what it held is nowhere any more. */
export function restoring(one: UndonePath): UndoDraft | undefined {
  const step = puttingBack(one.image, one);
  if (step === undefined) return undefined;
  return { ...step, stage: step.kind === "exec" ? "boot" : stageOf(one) };
}

export function changeOf({ path, image, present }: UndonePath, id: string): Change {
  const [before, after] = [described(present), image.kind === "absent" ? null : `as before apply ${id}`];
  return {
    address: path,
    action: before === null ? "create" : after === null ? "delete" : "update",
    before,
    after,
    reason: `apply ${id} changed it`,
    effect: path.startsWith(`${STATE_FOLDER}/`) ? "now" : "next-boot",
  };
}

function stageOf({ path, image, present }: UndonePath): UndoDraft["stage"] {
  if (path.startsWith(`${STATE_FOLDER}/`)) return "records";
  if (TRIAL_FILES.includes(path) && image.kind === "absent") return "trial";
  if (posix.normalize(path).startsWith("/etc/") && !isSideEffect(path)) return "settings";
  if (image.kind === "absent") return "added";
  return present.kind === "absent" ? "missing" : "boot";
}

/** In the order of the apply, but for what is taken away: that goes the other way round. */
export function inUndoOrder(drafts: readonly Ordered[]): Step[] {
  return staged(drafts).map(({ stage: _stage, of: _of, ...step }, index) => ({ ...step, id: index + 1 }));
}

export function staged<S extends Ordered>(drafts: readonly S[]): readonly S[] {
  return UNDO_STAGES.flatMap((stage) => {
    const some = drafts.filter((draft) => draft.stage === stage).sort((a, b) => a.of - b.of);
    return ["added", "settings", "trial"].includes(stage) ? some.toReversed() : some;
  });
}

/** `of`: the apply's step that it takes back. */
export type Ordered = UndoDraft & { readonly of: number };

function described(there: Fingerprint): string | null {
  switch (there.kind) {
    case "absent":
      return null;
    case "symlink":
      return `a link to ${there.target}`;
    case "file":
      return `sha256 ${there.sha256.slice(0, 12)}…`;
  }
}
