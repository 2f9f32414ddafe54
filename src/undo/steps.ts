import { posix } from "node:path";
import { LOADER_DEFAULT, decodeVariable } from "../boot/efi-variables.ts";
import type { UnnumberedStep } from "../boot/loader.ts";
import { STATE_FOLDER } from "../facts/state-folder.ts";
import { run } from "../boot/run.ts";
import type { Change, Fingerprint, Step } from "../model/index.ts";
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
] as const;

export type UndoDraft = UnnumberedStep & { readonly stage: (typeof UNDO_STAGES)[number] };

/** The step that puts a path back; `undefined` where what it held is nowhere any more. */
export function restoring(one: UndonePath): UndoDraft | undefined {
  const { path, image, present, presentText, source } = one;
  const base = { stage: stageOf(one), title: `put ${path} back as it was`, serves: [path], path };
  if (path === LOADER_DEFAULT) return restoringVariable(one);
  const before = presentText === undefined ? {} : { before: presentText };
  switch (image.kind) {
    case "absent":
      return {
        ...base,
        kind: "remove",
        title: `remove ${path} (it did not exist before)`,
        ...(image.folders === undefined ? {} : { folders: image.folders }),
        ...before,
        expect: present,
      };
    case "symlink":
      return { ...base, kind: "symlink", target: image.target, expect: present };
    case "file": {
      const { base64, mode, uid, gid } = image;
      return { ...base, kind: "restore", base64, mode, uid, gid, ...before, expect: present };
    }
    case "large-file": {
      const { sha256, size } = image;
      if (source === undefined) return undefined;
      return { ...base, kind: "copyFile", from: source, sha256, size, expect: present };
    }
  }
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

/** The EFI variable LoaderEntryDefault, which only bootctl writes; an empty id takes it away (bootctl(1)). */
function restoringVariable({ image }: UndonePath): UndoDraft | undefined {
  if (image.kind !== "file" && image.kind !== "absent") return undefined;
  const pattern = image.kind === "file" ? decodeVariable(Buffer.from(image.base64, "base64")) : "";
  return run(
    "boot",
    { does: "set-default", by: "bootctl", entry: pattern },
    {
      title: pattern === "" ? "let loader.conf name the default again" : `make ${pattern} the default again`,
      serves: [LOADER_DEFAULT],
      touches: [LOADER_DEFAULT],
    },
  );
}

function stageOf({ path, image, present }: UndonePath): UndoDraft["stage"] {
  if (path.startsWith(`${STATE_FOLDER}/`)) return "records";
  if (posix.normalize(path).startsWith("/etc/")) return "settings";
  if (image.kind === "absent") return "added";
  return present.kind === "absent" ? "missing" : "boot";
}

/** In the order of the apply, but for what is taken away: that goes the other way round. */
export function inUndoOrder(drafts: readonly (UndoDraft & { readonly of: number })[]): Step[] {
  return UNDO_STAGES.flatMap((stage) => {
    const some = drafts.filter((draft) => draft.stage === stage).sort((a, b) => a.of - b.of);
    return stage === "added" || stage === "settings" ? some.toReversed() : some;
  }).map(({ stage: _stage, of: _of, ...step }, index) => ({ ...step, id: index + 1 }));
}

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
