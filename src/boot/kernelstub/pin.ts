import { posix } from "node:path";
import { splitLine } from "../../cmdline.ts";
import { known, unknown } from "../../facts/fact.ts";
import { newestPair } from "../../facts/kernels.ts";
import type {
  BootFile,
  Change,
  CopyFileStep,
  Diagnostic,
  Fact,
  KernelFact,
  LoaderEntry,
  NextBoot,
  Unchanged,
} from "../../model.ts";
import { defaultInFile, defaultInVariable } from "../bls/default-step.ts";
import { namesEntry } from "../bls/entry-text.ts";
import { releaseOf } from "../bls/entry-release.ts";
import { ENTRIES } from "../bls/entries.ts";
import { loaderConf } from "../bls/loader-default.ts";
import type { DraftStep, LoaderInput, LoaderPlan } from "../loader.ts";
import type { OptionEdit } from "../options.ts";
import { mergeOwned, recordProblems, recordSteps } from "../owned-options.ts";
import { problem } from "../problem.ts";
import type { Demand, Freeable } from "../space.ts";
import { room, sizeOf } from "../space.ts";
import { efiLine, lineTooLong } from "../line-length.ts";
import { noFallback } from "../way-back.ts";
import { expected, writeText } from "../write-text.ts";
import { keptOptions, optionChange } from "../option-changes.ts";
import type { Stub } from "./host.ts";
import {
  COPY_NAMES,
  HOOK_MODE,
  isPin,
  pinEntry,
  pinFolder,
  pinHooks,
  pinId,
  pinPattern,
  releaseOfPin,
} from "./pin-files.ts";
import { crash, unseenVariables } from "./problems.ts";
import { chosenBy } from "./staged.ts";

/** The pin that boots next as things stand, if it is one. */
export function chosenPin(stub: Stub): LoaderEntry | undefined {
  const choice = chosenBy(stub.default, stub.esp);
  if (choice === undefined) return undefined;
  const [entry, ...others] = stub.entries.filter(({ id }) => namesEntry(choice.pattern, id));
  return entry !== undefined && others.length === 0 && isPin(entry.id) ? entry : undefined;
}

/**
 * The release that is to be pinned: a declared one that kernelstub would not choose itself, or that is pinned already;
 * without a declaration, the one that is pinned.
 */
export function pinnedRelease(stub: Stub, { wish, kernels }: LoaderInput): string | undefined {
  const present = chosenPin(stub);
  const pinned = present === undefined ? undefined : releaseOfPin(present);
  if (wish.release === undefined || wish.release === pinned) return pinned;
  return newestPair(kernels).newest === wish.release ? undefined : wish.release;
}

/** What one plan for a pin works with. */
interface Work {
  readonly stub: Stub;
  readonly input: LoaderInput;
  readonly release: string;
  /** The pin's own entry, where it is there. */
  readonly entry: LoaderEntry | undefined;
  readonly line: string;
  readonly pattern: string;
}

/**
 * A pin is an entry of hostcfg's own that is the default, with copies of the kernel and its initrd in a folder of
 * its own, which hooks keep as new as /boot's. kernelstub's configuration, entries and copies stay as they are, and
 * its hooks may go on: they are the way back.
 */
export function planPin(
  stub: Stub,
  input: LoaderInput,
  release: string,
  { before, copiedByHooks }: { readonly before: Fact<NextBoot>; readonly copiedByHooks: number },
): LoaderPlan {
  const { wish } = input;
  const entry = stub.entries.find(({ id }) => id === pinId(release));
  const present = entry === undefined ? stub.configuration.options : withoutRoot(splitLine(entry.options));
  const { options, edits } = mergeOwned(present, wish.options, input.state.addedOptions);
  const line = [`root=UUID=${stub.rootUuid}`, "ro", ...options].join(" ");
  const work = { stub, input, release, entry, line, pattern: pinPattern(release, stub.entries) };

  const optionChanges = edits.map((edit) => optionChange(edit, reasonOf(edit, entry)));
  const ofRelease = releaseChange(work, before);
  const changes = [...ofRelease.changes, ...optionChanges];
  const after = nextBoot(work);
  const wished = wish.release !== undefined || wish.options !== undefined;
  const hooksRun = input.hooksRun && stub.hooks.length > 0;
  const crashes = crash(newestPair(input.kernels).crash);
  return {
    nextBoot: {
      before,
      after: changes.length === 0 && !input.hooksRun ? before : known(after),
      afterUpgrade: known({
        keeps: true,
        rule: "the default is hostcfg's own entry, which no kernel package touches",
      }),
    },
    changes,
    unchanged: [...ofRelease.unchanged, ...keptOptions(wish, optionChanges)],
    steps: [
      ...recordSteps(wish.options, edits, input.state.addedOptions, [
        stub.configuration.options,
        ...pinnedLines(stub, release),
      ]),
      ...(changes.length === 0 ? [] : stepsFor(work, changes)),
    ],
    diagnostics: !wished
      ? []
      : [
          ...oneShot(stub, release),
          ...stubMode(stub),
          ...unseenVariables(stub),
          ...recordProblems(wish.options, input.state.addedOptions),
          ...(hooksRun ? crashes : crashes.map((one): Diagnostic => ({ ...one, severity: "warning" }))),
          ...lineTooLong(efiLine(posix.join(pinFolder("/", release), COPY_NAMES.initrd), line)),
          ...space(work, copiedByHooks),
          ...noFallback(after, release),
        ],
  };
}

/** The options of all pins but that of `besides`. */
export function pinnedLines({ entries }: Stub, besides?: string): string[][] {
  return entries
    .filter((entry) => isPin(entry.id) && releaseOfPin(entry) !== besides)
    .map(({ options }) => splitLine(options));
}

/** The loader's part of the line is written anew each time. */
function withoutRoot(options: readonly string[]): string[] {
  return options.filter((option) => !option.startsWith("root=") && option !== "ro");
}

function reasonOf({ action }: OptionEdit, entry: LoaderEntry | undefined): string {
  const where = entry === undefined ? "kernelstub's configuration" : "the pinned entry";
  if (action === "create") return `not in ${where}`;
  return action === "update" ? `${where} has another value` : `${where} has it`;
}

function nextBoot({ stub, input, release, line, pattern }: Work): NextBoot {
  const folder = pinFolder(stub.esp.mountPoint, release);
  const by =
    stub.default.variable === undefined
      ? `the default of ${loaderConf(stub.esp.mountPoint)}`
      : "the EFI variable LoaderEntryDefault";
  return {
    loader: "kernelstub",
    release: known(release),
    kernel: posix.join(folder, COPY_NAMES.image),
    initrd: posix.join(folder, COPY_NAMES.initrd),
    options: line,
    rule: `systemd-boot starts ${pinId(release)}, hostcfg's own entry: ${by} is ${pattern}`,
    fallback: fallback(stub, input, release),
  };
}

/** What kernelstub's own entries start, the first that is another kernel. */
function fallback(stub: Stub, input: LoaderInput, release: string): Fact<string> {
  const { newest, previous } = newestPair(input.kernels);
  const byHook = input.hooksRun && stub.hooks.length > 0 && newest !== undefined;
  const releases: Fact<string>[] = byHook
    ? [newest, previous].flatMap((one) => (one === undefined ? [] : [known(one)]))
    : [stub.current, stub.old].flatMap((one) =>
        one === undefined ? [] : [releaseOf(one, input.state.kernels)],
      );
  return (
    releases.find((one) => one.known && one.value !== release) ??
    unknown("kernelstub's own entries have no other kernel")
  );
}

// --- What is to change ---------------------------------------------------------------------------------------

function releaseChange(
  work: Work,
  before: Fact<NextBoot>,
): { changes: readonly Change[]; unchanged: readonly Unchanged[] } {
  const { input, release } = work;
  const address = "kernel.release";
  if (input.wish.release === undefined) return { changes: [], unchanged: [] };
  const staged = before.known && before.value.release.known ? before.value.release.value : null;
  const reason = whyNotPinned(work, before, staged);
  if (reason === undefined)
    return { changes: [], unchanged: [{ address, reason: `${release} is pinned and boots next` }] };
  const change: Change = {
    address,
    action: "update",
    before: staged === release ? `${release}, not pinned` : staged,
    after: release,
    reason,
    effect: "next-boot",
  };
  return { changes: [change], unchanged: [] };
}

function whyNotPinned(work: Work, before: Fact<NextBoot>, staged: string | null): string | undefined {
  const { stub, input, release, entry } = work;
  if (staged === null) {
    const why = before.known && !before.value.release.known ? before.value.release.why : "";
    return `what boots next is unknown: ${before.known ? why : before.why}`;
  }
  if (staged !== release) return `the next boot would start ${staged}`;
  if (chosenPin(stub)?.id !== pinId(release)) {
    const { newest = "another kernel" } = newestPair(input.kernels);
    return `it boots next, but only until kernelstub's hooks take ${newest}`;
  }
  if (wrongHooks(stub).length > 0) return "the hooks that keep the pinned copies new are not in place";
  const root = splitLine(entry?.options ?? "").find((option) => option.startsWith("root="));
  return root === `root=UUID=${stub.rootUuid}`
    ? undefined
    : "the pinned entry names another root file system";
}

function wrongHooks(stub: Stub): ReturnType<typeof pinHooks> {
  return pinHooks(stub.esp.mountPoint).filter(
    ({ path, content }) =>
      !stub.files.some((file) => file.path === path && file.text === content && file.mode === HOOK_MODE),
  );
}

// --- How -----------------------------------------------------------------------------------------------------

function stepsFor(work: Work, changes: readonly Change[]): DraftStep[] {
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
function copySteps({ stub, input, release, entry }: Work, serves: readonly string[]): DraftStep[] {
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
        expect: expectedCopy(stub, path),
      },
    ];
  });
}

function expectedCopy(stub: Stub, path: string): CopyFileStep["expect"] {
  const copy = stub.copies.find((one) => one.path === path);
  if (copy === undefined) return { kind: "absent" };
  const { sha256, mode, uid, gid } = copy;
  return { kind: "file", sha256, mode, uid, gid };
}

function sameBytes(a: BootFile, b: BootFile | undefined): boolean {
  return a.sha256?.known === true && b?.sha256?.known === true && a.sha256.value === b.sha256.value;
}

/** Removes the pins that no longer boot next, but for the one that this boot came by: it is known to be good. */
export function forget(
  stub: Stub,
  { state }: LoaderInput,
  serves: readonly string[],
  kept?: string,
): DraftStep[] {
  const { running } = state;
  return forgotten(stub, running.release, kept).flatMap((entry): DraftStep[] => {
    const release = releaseOfPin(entry);
    const file = stub.files.find(({ path }) => path === entry.path);
    const remove = (path: string, step: Pick<CopyFileStep, "expect"> & { before?: string }): DraftStep => ({
      stage: "cleanup",
      kind: "remove",
      title: `remove the pin of ${release}, which nothing names any more`,
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
        .map((path) => remove(path, { expect: expectedCopy(stub, path) })),
    ];
  });
}

function forgotten(stub: Stub, running: Fact<string>, kept: string | undefined): readonly LoaderEntry[] {
  return stub.entries.filter((entry) => {
    const release = releaseOfPin(entry);
    return isPin(entry.id) && release !== kept && !(running.known && running.value === release);
  });
}

// --- What is to be known before ------------------------------------------------------------------------------

function oneShot(stub: Stub, release: string): Diagnostic[] {
  const { oneShot } = stub.default;
  if (oneShot === undefined || namesEntry(oneShot, pinId(release))) return [];
  return [
    problem(
      "one-shot-entry",
      `the next boot starts another entry, for the EFI variable LoaderEntryOneShot is ${oneShot}`,
      'sudo bootctl set-oneshot "", or reboot once before',
    ),
  ];
}

/** Its hooks then put a firmware entry of their own first, which starts no loader at all. */
function stubMode(stub: Stub): Diagnostic[] {
  if (stub.configuration.manageMode) return [];
  return [
    problem(
      "kernelstub-stub-mode",
      "kernelstub is not in manage mode: each run makes a firmware entry that starts its kernel past every boot menu",
      "sudo kernelstub --manage-only",
    ),
  ];
}

/** @param besides Bytes that kernelstub's own hooks copy before. */
function space(work: Work, besides: number): Diagnostic[] {
  const { stub, input, release } = work;
  const steps = copySteps(work, []);
  const bytes = steps.reduce((sum, step) => sum + (step.kind === "copyFile" ? step.size : 0), 0);
  const demand: Demand = {
    code: "esp-space",
    where: stub.esp.mountPoint,
    free: stub.esp.freeBytes,
    bytes: bytes === 0 ? 0 : bytes + besides,
    what: `hostcfg's own copies of ${release}`,
    guessed: input.kernels.some((one: KernelFact) => one.release === release && one.expected === true),
  };
  const freeable = forgotten(stub, input.state.running.release, release).map((entry): Freeable => {
    const folder = pinFolder(stub.esp.mountPoint, releaseOfPin(entry));
    return {
      what: "an earlier pin",
      bytes: (entry.image?.size ?? 0) + (entry.initrd?.size ?? 0),
      how: `sudo rm -r ${folder} ${entry.path}`,
    };
  });
  return room(demand, freeable);
}
