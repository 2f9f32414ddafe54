import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import { isTemporaryName } from "../host/temporary-name.ts";
import { bootsNext } from "../boot/check.ts";
import { LOADERS } from "../boot/loaders.ts";
import type {
  BootLoaderName,
  Fact,
  Fingerprint,
  HostState,
  KernelOfPackage,
  NextBoot,
} from "../model/index.ts";
import type { AsItIs } from "../plan/as-it-is.ts";
import { asItIs } from "../plan/as-it-is.ts";
import { fingerprint } from "../journal/fingerprint.ts";
import type { HistoryEntry } from "../journal/record.ts";
import { isFinished } from "../journal/record.ts";
import type { KeptImage, PreImage } from "../journal/pre-images.ts";
import { fingerprintOf, pathsOf } from "../journal/pre-images.ts";
import { textOf } from "../facts/text-of.ts";
import { PLATFORMS } from "../platform/platforms.ts";
import { isSame, readChain } from "./chain.ts";

/** One path that an apply changed, as it was, as the apply left it and as it is. */
export interface UndonePath {
  readonly path: string;
  readonly image: PreImage & Partial<Pick<KeptImage, "name">>;
  readonly present: Fingerprint;
  /** The present content where it is text. */
  readonly presentText?: string;
  /** Id of the apply's last step that changed it: the default is put aside by one of the first and set by the last. */
  readonly step: number;
  /** `other`: neither as before the apply nor as it left it. */
  readonly is: "as-before" | "as-left" | "other";
  /** A file of /boot that holds what was too large to keep. */
  readonly source?: string;
  /** The later apply that left it as it is now. */
  readonly changedBy?: string;
}

/** All that a plan to take an apply back is made from. */
export interface UndoFacts {
  readonly entry: HistoryEntry;
  readonly paths: readonly UndonePath[];
  readonly damage: readonly string[];
  /** Later applies of a spec that were not taken back. */
  readonly later: readonly string[];
  /** An undo of this apply was begun and did not come to its end. */
  readonly resumed: boolean;
  /** What that undo's programs were asked for, those which exited with 0, each as JSON. */
  readonly ran: ReadonlySet<string>;
  /** The loader that the apply was about, which its spec may have named. */
  readonly loader: Fact<BootLoaderName>;
  /** As the host is. */
  readonly nextBoot: Fact<NextBoot>;
  /** The release that was to boot before the apply: of kernels with equal files it is the one that is meant. */
  readonly preferred?: string;
  /** What those of the apply's packages that are there hold of a kernel, by name. */
  readonly brought: ReadonlyMap<string, KernelOfPackage | undefined>;
  readonly host: AsItIs["host"];
  readonly state: HostState;
}

/** Reads what stands at every path that the apply changed. Throws HostError where that may not be read. */
export function readUndo(
  reader: Reader,
  history: readonly HistoryEntry[],
  target: HistoryEntry,
  state: HostState,
): UndoFacts {
  const { entry, images, damage } = readChain(reader, history, target);
  const after = history.slice(history.findIndex(({ id }) => id === entry.id) + 1);
  const undos = after.filter(({ undoes }) => undoes === entry.id);
  const begun = undos.filter((undo) => !isFinished(undo));
  const resumed = begun.at(-1) !== undefined && begun.at(-1) === undos.at(-1);
  const commands = resumed ? begun.flatMap(endedCommands) : [];
  const rewritten = new Set(commands.flatMap(({ touches }) => touches));
  // What the undo itself left is where it ends: removing a package may have its hooks write a file once more.
  const settled = undos.filter(isFinished).at(-1)?.left ?? {};
  const steps = entry.plan?.steps ?? [];
  const { host } = asItIs(state);
  const loader = entry.plan?.host.bootLoader.known === true ? entry.plan.host.bootLoader : host.bootLoader;
  const trying = loader.known ? LOADERS[loader.value].trial : undefined;
  const choice = trying !== undefined && "tryOnce" in trying ? trying.choiceFile?.(state) : undefined;
  // What the loader has kept in it since is none of a trial's: then only the choice is taken back.
  const its = images.filter(({ path }) => path !== choice?.path || choice.isAlone);
  const paths = its.map((image): UndonePath => {
    const { path, name } = image;
    const step = Math.max(
      image.step,
      ...steps.filter((one) => pathsOf(one).includes(path)).map(({ id }) => id),
    );
    const present = fingerprint(reader, path);
    const at = { path: name, image, present, step, ...textAt(reader, path, present) };
    const left = entry.left[path] ?? undefined;
    if (isSame(path, present, fingerprintOf(image)))
      return { ...at, is: leavesFolder(reader, image) ? "as-left" : "as-before" };
    const end = settled[path];
    if (end !== undefined && isSame(path, present, end)) return { ...at, is: "as-before" };
    const source = sourceOf(reader, image);
    const byLoader = path === choice?.path;
    const asLeft = left === undefined || isSame(path, present, left) || rewritten.has(path) || byLoader;
    // A step that was begun and not ended may have left one or the other.
    const open = mayHave(entry, path);
    // What an undo that was cut left on its way is to be put back like what the apply left.
    const onTheWay =
      resumed && begun.some((undo) => mayHave(undo, path) || isThere(undo.left[path], path, present));
    if (asLeft || open || onTheWay) return { ...at, is: "as-left", ...source };
    const changedBy = after.findLast(({ left: other }) => {
      const theirs = other[path];
      return theirs !== undefined && isSame(path, present, theirs);
    });
    return {
      ...at,
      is: "other",
      ...source,
      ...(changedBy === undefined ? {} : { changedBy: changedBy.id }),
    };
  });
  const former = entry.plan?.nextBoot.before;
  const preferred =
    former?.known === true && former.value.release.known ? former.value.release.value : undefined;
  return {
    entry,
    paths,
    damage,
    later: after
      .filter((one) => one.undoes === undefined && one.undoneBy === undefined && one.task === undefined)
      .map(({ id }) => id),
    resumed,
    ran: new Set(commands.map(({ action }) => JSON.stringify(action))),
    loader,
    nextBoot: bootsNext(state, loader, preferred),
    ...(preferred === undefined ? {} : { preferred }),
    brought: readBrought(reader, entry, state),
    host,
    state,
  };
}

/** By the lists of their files: a package may go only where it is known whether it holds a kernel, whatever it is called. */
function readBrought(
  reader: Reader,
  { plan }: HistoryEntry,
  { family, packages }: HostState,
): UndoFacts["brought"] {
  if (!family.known || !packages.known) return new Map();
  const manager = PLATFORMS[family.value].packages;
  const changed = new Set(plan?.changes.map(({ address }) => address));
  return new Map(
    packages.value
      .filter(({ name, state }) => state !== "config-files" && changed.has(`kernel.packages.${name}`))
      .map((one) => [one.name, manager.kernelOf(reader, one)]),
  );
}

/**
 * An undo that was cut after it removed the file has left its folder, which is still to go; so has an apply that was cut before
 * the file had its name, and what that left there goes before the undo's first step.
 */
function leavesFolder(reader: Reader, image: PreImage): boolean {
  const folders = image.kind === "absent" ? (image.folders ?? []) : [];
  const inside = folders.map((folder) => reader.list(folder)).find((names) => names !== undefined);
  return inside?.every(isTemporaryName) === true;
}

/** Whether the last step that it began and that changes the path has no end. */
function mayHave({ plan, steps }: HistoryEntry, path: string): boolean {
  const last = plan?.steps.findLast((step) => steps[step.id] !== undefined && pathsOf(step).includes(path));
  return last !== undefined && steps[last.id] === "begun";
}

function isThere(left: Fingerprint | null | undefined, path: string, present: Fingerprint): boolean {
  return left !== undefined && left !== null && isSame(path, present, left);
}

function endedCommands({ plan, commandsEnded }: HistoryEntry) {
  return (plan?.steps ?? []).flatMap((step) =>
    step.kind === "exec" && commandsEnded.includes(step.id) ? [step] : [],
  );
}

function textAt(reader: Reader, path: string, present: Fingerprint): Pick<UndonePath, "presentText"> {
  const size = reader.lstat(path)?.size ?? 0;
  const bytes = present.kind === "file" && size < 1 << 20 ? reader.readFile(path) : undefined;
  const presentText = bytes === undefined ? undefined : textOf(bytes);
  return presentText === undefined ? {} : { presentText };
}

/** Kernels and initrds on an ESP are copies of what /boot holds, and mostly still does. */
function sourceOf(reader: Reader, image: PreImage): Pick<UndonePath, "source"> {
  if (image.kind !== "large-file") return {};
  const source = (reader.list("/boot") ?? [])
    .map((name) => posix.join("/boot", name))
    .filter((path) => path !== image.path && reader.lstat(path)?.kind === "file")
    .find((path) => reader.lstat(path)?.size === image.size && reader.digest(path)?.sha256 === image.sha256);
  return source === undefined ? {} : { source };
}
