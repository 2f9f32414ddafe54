import { posix } from "node:path";
import type { BootFile, Change, CopyFileStep, Fact, LoaderEntry } from "../../model/index.ts";
import { expectedCopy } from "../bls/copies.ts";
import { defaultInFile, defaultInVariable } from "../bls/default-step.ts";
import { ENTRIES } from "../bls/entries.ts";
import { loaderConf } from "../bls/loader-default.ts";
import type { DraftStep, LoaderInput } from "../loader.ts";
import { sizeOf } from "../space.ts";
import { expected, writeText } from "../write-text.ts";
import type { Stub } from "./host.ts";
import { COPY_NAMES, HOOK_MODE, isPin, pinEntry, pinFolder, pinId, releaseOfPin } from "./pin-files.ts";
import type { PinWork } from "./pin-work.ts";
import { chosenPin, wrongHooks } from "./pin-work.ts";
import { wayBackFolder } from "../bls/way-back-entry.ts";

export function stepsFor(work: PinWork, changes: readonly Change[]): DraftStep[] {
  const { stub, input, release, entry, line, pattern } = work;
  const all = changes.map(({ address }) => address);
  const ofRelease = all.filter((address) => address === "kernel.release");
  const { os } = input.state.identity;
  const path = posix.join(stub.esp.mountPoint, ENTRIES, `${pinId(release)}.conf`);
  const file = stub.files.find((one) => one.path === path);
  const entryStep: DraftStep[] =
    entry?.options === line
      ? []
      : [
          writeText(
            {
              stage: "entries",
              title: `write hostcfg's own entry for ${release}`,
              serves: all,
              path,
              content: pinEntry(release, os.known ? (os.value.prettyName ?? os.value.name) : "Linux", line),
            },
            file,
          ),
        ];
  if (ofRelease.length === 0) return entryStep;
  return [
    ...wrongHooks(stub).map((hook) =>
      writeText(
        {
          stage: "options",
          title: `write the hook ${hook.path}`,
          serves: ofRelease,
          ...hook,
          mode: HOOK_MODE,
        },
        stub.files.find((one) => one.path === hook.path),
      ),
    ),
    ...copySteps(work, ofRelease),
    ...entryStep,
    ...(chosenPin(stub)?.id === pinId(release)
      ? []
      : [
          stub.default.variable === undefined
            ? defaultInFile(loaderConf(stub.esp.mountPoint), stub.files, pattern, ofRelease)
            : defaultInVariable(pattern, ofRelease),
        ]),
    ...forget(stub, input, ofRelease, release),
  ];
}

/** Copies that are missing, stale, or will be stale once a command of this plan has run without the hook. */
export function copySteps({ stub, input, release, entry }: PinWork, serves: readonly string[]): DraftStep[] {
  const kernel = input.kernels.find((one) => one.release === release);
  const unguarded = input.hooksRun && wrongHooks(stub).length > 0;
  return (["image", "initrd"] as const).flatMap((part): DraftStep[] => {
    const from = kernel?.[part];
    const there = entry?.[part];
    const path = posix.join(pinFolder(stub.esp.mountPoint, release), COPY_NAMES[part]);
    if (from === undefined || (!unguarded && sameBytes(from, there))) return [];
    return [
      {
        stage: "copies",
        kind: "copyFile",
        title: `copy the ${part} of ${release} to the ESP`,
        serves,
        path,
        from: from.path,
        ...(!input.hooksRun && from.sha256?.known === true ? { sha256: from.sha256.value } : {}),
        size: sizeOf(input.kernels, release, part),
        expect: expectedCopy(stub.copies, path),
      },
    ];
  });
}

function sameBytes(a: BootFile, b: BootFile | undefined): boolean {
  return a.sha256?.known === true && b?.sha256?.known === true && a.sha256.value === b.sha256.value;
}

/** Removes the pins that no longer boot next. */
export function forget(
  stub: Stub,
  { state }: LoaderInput,
  serves: readonly string[],
  kept?: string,
): DraftStep[] {
  return removals(stub, forgotten(stub, state.running.release, kept), serves);
}

/** Removes what an apply was to {@link forget} before it was cut. */
export function forgetLeft(stub: Stub, { state }: LoaderInput, kept?: string): DraftStep[] {
  return removals(stub, left(stub, state.running.release, kept), []);
}

function removals(stub: Stub, entries: readonly LoaderEntry[], serves: readonly string[]): DraftStep[] {
  return entries.flatMap((entry): DraftStep[] => {
    const release = releaseOfPin(entry);
    const file = stub.files.find(({ path }) => path === entry.path);
    const remove = (
      path: string,
      step: Pick<CopyFileStep, "expect"> & { before?: string | undefined },
    ): DraftStep => ({
      stage: "cleanup",
      kind: "remove",
      title: `remove the pin of ${release}: nothing names it any more`,
      serves,
      path,
      ...step,
    });
    const folder = pinFolder(stub.esp.mountPoint, release);
    return [
      ...(file === undefined ? [] : [remove(entry.path, expected(file))]),
      ...Object.values(COPY_NAMES)
        .map((name) => posix.join(folder, name))
        .filter((path) => stub.copies.some((copy) => copy.path === path))
        .map((path) => remove(path, { expect: expectedCopy(stub.copies, path) })),
    ];
  });
}

/** The host without the pins that {@link forget} removes. */
export function remaining(stub: Stub, { state }: LoaderInput, kept?: string): Stub {
  return without(stub, forgotten(stub, state.running.release, kept));
}

/** The host without the pins that {@link forgetLeft} removes. */
export function remainingBeside(stub: Stub, { state }: LoaderInput, kept?: string): Stub {
  return without(stub, left(stub, state.running.release, kept));
}

function without(stub: Stub, gone: readonly LoaderEntry[]): Stub {
  return { ...stub, entries: stub.entries.filter((entry) => !gone.includes(entry)) };
}

/**
 * Removes copies that no entry names, as a cut between an entry's removal and theirs leaves them: nothing boots by them,
 * and each is as large as a kernel.
 */
export function orphans(stub: Stub, kept?: string): DraftStep[] {
  const releases = [
    ...stub.entries.filter(({ id }) => isPin(id)).map(releaseOfPin),
    ...(kept === undefined ? [] : [kept]),
  ];
  const folders = [
    ...releases.map((release) => pinFolder(stub.esp.mountPoint, release)),
    // Whose entry may be yet to be written.
    wayBackFolder(stub.esp.mountPoint),
  ];
  return stub.copies
    .filter(({ path }) => !folders.includes(posix.dirname(path)))
    .map(({ path }) => ({
      stage: "cleanup",
      kind: "remove",
      title: `remove ${path}: no entry names it`,
      serves: [],
      path,
      expect: expectedCopy(stub.copies, path),
    }));
}

/** All pins but the one that boots next, and that which this boot came by: it is known to be good. */
export function forgotten(
  stub: Stub,
  running: Fact<string>,
  kept: string | undefined,
): readonly LoaderEntry[] {
  return stub.entries.filter((entry) => {
    const release = releaseOfPin(entry);
    return isPin(entry.id) && release !== kept && !(running.known && running.value === release);
  });
}

function left(stub: Stub, running: Fact<string>, kept: string | undefined): readonly LoaderEntry[] {
  return forgotten(stub, running, kept).filter(({ path }) => stub.cutRemovals.includes(path));
}
