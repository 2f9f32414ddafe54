import { posix } from "node:path";
import { choose } from "../boot/bls/choice.ts";
import { ENTRIES } from "../boot/bls/entries.ts";
import { withPassingDefault } from "../boot/bls/entry-file.ts";
import { loaderSetting } from "../boot/bls/entry-text.ts";
import { isWayBack, isWayBackFile, wayBackNote } from "../boot/bls/way-back-entry.ts";
import { LOADER_DEFAULT, decodeVariable } from "../boot/efi-variables.ts";
import type { UnnumberedStep } from "../boot/loader.ts";
import { run } from "../boot/run.ts";
import { addedBy, addedFolder, adding, isAddedAs } from "../boot/systemd-boot/kernel-install.ts";
import type { Host } from "../boot/systemd-boot/driven-host.ts";
import { usable } from "../boot/systemd-boot/driven-host.ts";
import { isHalfWritten } from "../boot/systemd-boot/half-written.ts";
import type { Fact, LoaderDefault, LoaderEntry, Step } from "../model/index.ts";
import { sha256Of } from "../sha256.ts";
import type { UndoFacts, UndonePath } from "./facts.ts";
import type { UndoDraft } from "./steps.ts";
import { restoring } from "./steps.ts";

type Ordered = UndoDraft & { readonly of: number };

/**
 * Puts back what boots while the way back that the apply made is the default: a kernel and its initrd are two files, and
 * between their two writes they do not belong together; and a loader's tool that a hook runs writes them in place.
 *
 * @param drafts The undo without it; those of the default give way where this has others.
 */
export function overTheWayBack(
  facts: UndoFacts,
  open: readonly UndonePath[],
  drafts: readonly Ordered[],
): readonly Ordered[] {
  const { bootLoader } = facts.state;
  if (bootLoader.kernelstub !== undefined) return overKernelstubs(facts, open, drafts);
  const host = usable(bootLoader.systemdBoot);
  return "problems" in host ? drafts : overKernelInstalls(facts, host, drafts);
}

/**
 * A copy of the way back that an earlier apply had made, and that this one has overwritten, may be nowhere any more. It was
 * only there for the time of that apply: this one's stays, whole as it is.
 */
export function lostWayBack(open: readonly UndonePath[]): readonly UndonePath[] {
  const own = open.filter(({ path }) => isWayBackFile(path));
  return own.some((one) => restoring(one) === undefined) ? own : [];
}

// --- kernelstub ----------------------------------------------------------------------------------------------

function overKernelstubs(
  { paths, nextBoot, state }: UndoFacts,
  open: readonly UndonePath[],
  drafts: readonly Ordered[],
): readonly Ordered[] {
  const wayBack = wholeWayBack(state.bootLoader.kernelstub?.entries);
  const conf = confOf(paths);
  if (wayBack === undefined || !nextBoot.known || conf?.presentText === undefined) return drafts;
  const { kernel, initrd } = nextBoot.value;
  const replaced = open.filter(({ image }) => image.kind !== "absent").map(({ path }) => path);
  const atRisk =
    [kernel, initrd].some((path) => replaced.includes(path)) || releasesRemade(drafts).length > 0;
  if (!atRisk || kernel === wayBack.image?.path) return drafts;
  if (loaderSetting(conf.presentText, "default") === undefined) return drafts;
  return between(conf, wayBack, drafts);
}

// --- kernel-install ------------------------------------------------------------------------------------------

function overKernelInstalls(facts: UndoFacts, host: Host, drafts: readonly Ordered[]): readonly Ordered[] {
  const { paths, nextBoot, state } = facts;
  const place = host.setting.variable === undefined ? confOf(paths) : variableOf(paths);
  if (place === undefined) return drafts;
  const wayBack = wholeWayBack(state.bootLoader.systemdBoot?.entries);
  if (wayBack !== undefined && nextBoot.known && nextBoot.value.kernel === wayBack.image?.path)
    return mended(facts, host, wayBack, place, drafts);
  const boots = nextBoot.known ? nextBoot.value.kernel : undefined;
  const isRewritten = (entry: LoaderEntry): boolean =>
    releasesRemade(drafts).some((release) => isAddedAs(host, entry, release));
  if (!host.entries.some((entry) => entry.image?.path === boots && isRewritten(entry))) return drafts;
  const back = drafts.filter((draft) => draft.serves.includes(place.path));
  const then = choose(host.entries, settingThen(host.setting, place))?.entry;
  // What boots in the end is whole and stays as it is: it may do so from the beginning.
  if (back.length > 0 && then !== undefined && isWhole(then) && !isRewritten(then))
    return drafts.map((draft) => (back.includes(draft) ? { ...draft, stage: "way-back" } : draft));
  const isOfToday =
    state.kernels.known &&
    state.kernels.value.some(({ image }) => sameDigest(image?.sha256, wayBack?.image?.sha256));
  if (wayBack === undefined || !isOfToday) return drafts;
  return between(
    place,
    wayBack,
    drafts.flatMap((draft) => withItsCopies(draft, host)),
  );
}

/** A hook that fails is not heard of, so kernel-install runs once more by itself, before the default is given back. */
function withItsCopies(draft: Ordered, host: Host): readonly Ordered[] {
  const [release] = releasesRemade([draft]);
  if (draft.kind !== "exec" || release === undefined) return [draft];
  const isAdded = host.entries.some((entry) => isAddedAs(host, entry, release));
  return isAdded ? [draft, { ...copying(host, release, draft.serves), of: draft.of }] : [draft];
}

/** Where an apply, or its undo, was cut, the way back boots: what it stands in for may be half written. */
function mended(
  { entry, state }: UndoFacts,
  host: Host,
  wayBack: LoaderEntry,
  place: UndonePath,
  drafts: readonly Ordered[],
): readonly Ordered[] {
  const text = host.files.find(({ path }) => path === wayBack.path)?.text ?? "";
  const written = [wayBackNote(text)?.rewritten, ...(entry.plan?.steps ?? []).map(releaseMade)];
  const half = [...new Set(written)].filter(
    (release): release is string =>
      release !== undefined &&
      !releasesRemade(drafts).includes(release) &&
      state.kernels.known &&
      state.kernels.value.some((kernel) => kernel.release === release && isWhole(kernel)) &&
      isHalfWritten(host, state.kernels, release),
  );
  return [
    ...drafts.flatMap((draft) => withItsCopies(draft, host)),
    ...half.map((release) => ({ ...copying(host, release, [place.path]), of: place.step })),
  ];
}

function copying(host: Host, release: string, serves: readonly string[]): UndoDraft {
  const entries = posix.join(host.facts.boot.mountPoint, ENTRIES);
  const own = host.entries.filter(({ id }) => id === `${host.token}-${release}`);
  return adding("make", release, {
    serves,
    touches: own.map(({ path }) => path),
    flushes: [entries, addedFolder(host, release)],
  });
}

function settingThen(setting: LoaderDefault, { path, image }: UndonePath): LoaderDefault {
  const { configured, variable: _variable, ...rest } = setting;
  const bytes = image.kind === "file" ? Buffer.from(image.base64, "base64") : Buffer.alloc(0);
  if (path === LOADER_DEFAULT) {
    const variable = decodeVariable(bytes);
    return {
      ...rest,
      ...(configured === undefined ? {} : { configured }),
      ...(variable === "" ? {} : { variable }),
    };
  }
  const before = loaderSetting(bytes.toString("utf8"), "default");
  return { ...rest, ...(before === undefined ? {} : { configured: before }) };
}

function sameDigest(a: Fact<string> | undefined, b: Fact<string> | undefined): boolean {
  return a?.known === true && b?.known === true && a.value === b.value;
}

// --- Both ----------------------------------------------------------------------------------------------------

/** Makes the way back the default before all else, and gives the place where that is set back in its own turn. */
function between(place: UndonePath, { id }: LoaderEntry, drafts: readonly Ordered[]): readonly Ordered[] {
  const pattern = `${id}*`;
  const title = `make ${pattern} the default meanwhile`;
  const others = drafts.filter((draft) => !draft.serves.includes(place.path));
  if (place.path === LOADER_DEFAULT) {
    const closing = restoring(place);
    if (closing === undefined) return drafts;
    const opening = run(
      "way-back",
      { does: "set-default", by: "bootctl", entry: pattern },
      { title, serves: [place.path], touches: [LOADER_DEFAULT] },
    );
    return [{ ...opening, of: 0 }, ...others, { ...closing, of: place.step }];
  }
  if (place.present.kind !== "file" || place.presentText === undefined || place.is === "other") return drafts;
  const content = withPassingDefault(place.presentText, pattern);
  const { mode, uid, gid } = place.present;
  const meanwhile: UndonePath = {
    ...place,
    present: { kind: "file", sha256: sha256Of(content), mode, uid, gid },
    presentText: content,
  };
  const closing = restoring(meanwhile);
  if (closing === undefined) return drafts;
  const opening: Ordered = {
    stage: "way-back",
    kind: "writeFile",
    title,
    serves: [place.path],
    path: place.path,
    content,
    before: place.presentText,
    expect: place.present,
    of: 0,
  };
  return [opening, ...others, { ...closing, of: place.step }];
}

function confOf(paths: readonly UndonePath[]): UndonePath | undefined {
  return paths.find(({ path }) => path.endsWith("/loader/loader.conf"));
}

function variableOf(paths: readonly UndonePath[]): UndonePath | undefined {
  return paths.find(({ path }) => path === LOADER_DEFAULT);
}

function wholeWayBack(entries: Fact<readonly LoaderEntry[]> | undefined): LoaderEntry | undefined {
  if (entries?.known !== true) return undefined;
  return entries.value.find((entry) => isWayBack(entry.id) && isWhole(entry));
}

function isWhole({ image, initrd }: Pick<LoaderEntry, "image" | "initrd">): boolean {
  return (image?.size ?? 0) > 0 && (initrd?.size ?? 0) > 0;
}

/** The releases whose initrds are made anew: hooks run the loader's tool after that. */
function releasesRemade(drafts: readonly Ordered[]): string[] {
  return drafts.flatMap((draft) => remadeBy(draft) ?? []);
}

function remadeBy(step: UnnumberedStep): string | undefined {
  return step.kind === "exec" && step.action.does === "make-initrd" ? step.action.release : undefined;
}

/** The release that kernel-install, or the making of an initrd and its hooks, had to do with. */
function releaseMade(step: Step): string | undefined {
  return addedBy(step) ?? remadeBy(step);
}
