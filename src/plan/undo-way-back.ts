import { withDefault } from "../boot/bls/entry-file.ts";
import { loaderSetting } from "../boot/bls/entry-text.ts";
import { WAY_BACK_PATTERN, isWayBack } from "../boot/kernelstub/way-back-entry.ts";
import { sha256Of } from "../sha256.ts";
import type { UndoFacts, UndonePath } from "./undo-facts.ts";
import type { UndoDraft } from "./undo-steps.ts";
import { restoring } from "./undo-steps.ts";

type Ordered = UndoDraft & { readonly of: number };

/**
 * Puts back what kernelstub's own entry starts while the way back that the apply made is the default: a kernel and its
 * initrd are two files, and between their two writes they do not belong together.
 *
 * @param drafts The undo without it; those of loader.conf give way where this has others.
 */
export function overTheWayBack(
  { paths, nextBoot, state }: UndoFacts,
  open: readonly UndonePath[],
  drafts: readonly Ordered[],
): readonly Ordered[] {
  const stub = state.bootLoader.kernelstub;
  const conf = paths.find(({ path }) => path.endsWith("/loader/loader.conf"));
  if (stub?.entries.known !== true || !nextBoot.known || conf?.presentText === undefined) return drafts;
  const wayBack = stub.entries.value.find(({ id }) => isWayBack(id));
  const isWhole = (wayBack?.image?.size ?? 0) > 0 && (wayBack?.initrd?.size ?? 0) > 0;
  const { kernel, initrd } = nextBoot.value;
  const replaced = open.filter(({ image }) => image.kind !== "absent").map(({ path }) => path);
  const atRisk = [kernel, initrd].some((path) => replaced.includes(path)) || makesInitrds(drafts);
  if (!isWhole || !atRisk || conf.present.kind !== "file" || conf.is === "other") return drafts;
  if (kernel === wayBack?.image?.path || loaderSetting(conf.presentText, "default") === undefined)
    return drafts;

  const content = withDefault(conf.presentText, WAY_BACK_PATTERN);
  const { mode, uid, gid } = conf.present;
  const meanwhile: UndonePath = {
    ...conf,
    present: { kind: "file", sha256: sha256Of(content), mode, uid, gid },
    presentText: content,
  };
  const closing = restoring(meanwhile);
  if (closing === undefined) return drafts;
  const opening: Ordered = {
    stage: "way-back",
    kind: "writeFile",
    title: `make ${WAY_BACK_PATTERN} the default meanwhile`,
    serves: [conf.path],
    path: conf.path,
    content,
    before: conf.presentText,
    expect: conf.present,
    of: 0,
  };
  const others = drafts.filter((draft) => draft.kind === "exec" || draft.path !== conf.path);
  return [opening, ...others, { ...closing, of: conf.step }];
}

/** Their hooks run kernelstub. */
function makesInitrds(drafts: readonly Ordered[]): boolean {
  return drafts.some((draft) => draft.kind === "exec" && draft.argv[0] === "update-initramfs");
}
