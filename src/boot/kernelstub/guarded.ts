import { posix } from "node:path";
import { known } from "../../facts/fact.ts";
import type { Change, Diagnostic, Fact, LoaderDefault, LoaderEntry, TextFile } from "../../model.ts";
import { runningEntry } from "../bootable/running-entry.ts";
import { defaultInFile, defaultInVariable } from "../bls/default-step.ts";
import { ENTRIES } from "../bls/entries.ts";
import { withDefault } from "../bls/entry-file.ts";
import { namesEntry } from "../bls/entry-text.ts";
import { loaderConf } from "../bls/loader-default.ts";
import type { DraftStep, LoaderInput, LoaderPlan } from "../loader.ts";
import { problem } from "../problem.ts";
import { mebibytes } from "../space.ts";
import { writeText } from "../write-text.ts";
import type { Stub } from "./host.ts";
import { usable } from "./host.ts";
import { expectedCopy } from "./pin-steps.ts";
import { currentId, oldId } from "./probe.ts";
import { chosenBy, stagedBoot } from "./staged.ts";
import {
  WAY_BACK,
  WAY_BACK_COPIES,
  WAY_BACK_PATTERN,
  formerDefault,
  isWayBack,
  wayBackFolder,
  wayBackText,
} from "./way-back-entry.ts";

/** What an earlier apply left when it was cut while the way back was the default. */
export interface Cut {
  /** What the way back starts. */
  readonly release: Fact<string>;
  readonly change: Change;
}

type PlanUnguarded = (input: LoaderInput, cut?: Cut) => LoaderPlan;

export const WAY_BACK_ADDRESS = "bootLoader.wayBack";

/**
 * Plans with the way back around every run of kernelstub: copies of what boots now become the default first, and lose it
 * again by the one write that comes after everything else. A cut at any moment then leaves either the old configuration
 * or the new one to boot, which kernelstub alone does not: it truncates the kernel that boots, then fills it again.
 */
export function guarded(plan: PlanUnguarded): (input: LoaderInput) => LoaderPlan {
  return (input) => {
    const stub = usable(input.state);
    if ("problems" in stub) return plan(input);
    const chosen = chosenEntry(stub);
    if (chosen === undefined) return plan(input);
    return isWayBack(chosen.entry.id)
      ? resumed(plan, stub, input, chosen.entry)
      : begun(plan, stub, input, chosen);
  };
}

interface Chosen {
  readonly entry: LoaderEntry;
  /** The default that names it. */
  readonly pattern: string;
}

/** The one entry that the default names; nothing where a one-shot entry comes first. */
function chosenEntry(stub: Stub): Chosen | undefined {
  const choice = chosenBy(stub.default, stub.esp);
  if (choice === undefined || stub.default.oneShot !== undefined) return undefined;
  const [entry, ...others] = stub.entries.filter(({ id }) => namesEntry(choice.pattern, id));
  return entry === undefined || others.length > 0 ? undefined : { entry, pattern: choice.pattern };
}

// --- From the beginning --------------------------------------------------------------------------------------

function begun(plan: PlanUnguarded, stub: Stub, input: LoaderInput, chosen: Chosen): LoaderPlan {
  const alone = plan(input);
  const { entry } = chosen;
  const atRisk = entry.id === currentId(stub.name) || entry.id === oldId(stub.name);
  if (!atRisk || !kernelstubRuns(stub, input, alone) || hasErrors(alone)) return alone;
  if (!isWhole(entry)) return alone;
  const before = stagedBoot(input.state, input.wish.release);
  const release = before.known && before.value.release.known ? before.value.release.value : entry.id;
  const copies = copiesOf(stub, input, entry);
  const bytes = copies.reduce((sum, { size }) => sum + size, 0);
  // As the opening leaves the host: loader.conf names the way back, and the copies have taken their room.
  const rest = plan(withLess(withLoaderConf(input, stub, WAY_BACK_PATTERN), bytes));
  if (hasErrors(rest) || !fits(stub, bytes))
    return { ...alone, diagnostics: [...alone.diagnostics, noRoom(stub, entry, bytes)] };

  const present = stub.files.find(({ path }) => path === entryPath(stub));
  const text = wayBackText(entry, chosen.pattern);
  const kept = keepsFiles(input);
  const opening: DraftStep[] = [
    ...copies,
    ...(kept || present?.text === text
      ? []
      : [
          writeText(
            {
              stage: "way-back",
              title: `write an entry for what boots now, ${release}`,
              serves: [WAY_BACK_ADDRESS],
              path: entryPath(stub),
              content: text,
            },
            present,
          ),
        ]),
    { ...defaultStep(stub, WAY_BACK_PATTERN, stub.files), stage: "way-back" },
  ];
  const change: Change = {
    address: WAY_BACK_ADDRESS,
    action: present === undefined ? "create" : "update",
    before: present === undefined ? null : "what booted before an earlier apply",
    after: `${release}, as it boots now`,
    reason: `kernelstub overwrites in place what ${entry.id} starts: until it is done, a copy boots, and that stays in the menu`,
    effect: "now",
  };
  return closed(rest, stub, opening, change, {
    files: loaderConfWith(stub, WAY_BACK_PATTERN),
    pattern: chosen.pattern,
  });
}

/** Whether what the plan does runs kernelstub, itself or by the hooks of packages and initrds. */
function kernelstubRuns(stub: Stub, { hooksRun }: LoaderInput, { steps }: LoaderPlan): boolean {
  const runs = steps.some((step) => step.kind === "exec" && step.argv[0] === "kernelstub");
  return runs || (hooksRun && stub.hooks.length > 0);
}

function hasErrors({ diagnostics }: LoaderPlan): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

function isWhole({ image, initrd }: LoaderEntry): boolean {
  return (image?.size ?? 0) > 0 && (initrd?.size ?? 0) > 0;
}

/** Where the host was started by the way back, it is known to be good, and is kept as it is. */
function keepsFiles({ state }: LoaderInput): boolean {
  const running = runningEntry(state);
  return running !== undefined && isWayBack(running.id);
}

function entryPath(stub: Stub): string {
  return posix.join(stub.esp.mountPoint, ENTRIES, `${WAY_BACK}.conf`);
}

function copiesOf(
  stub: Stub,
  input: LoaderInput,
  entry: LoaderEntry,
): (DraftStep & { readonly kind: "copyFile" })[] {
  if (keepsFiles(input)) return [];
  return (["image", "initrd"] as const).flatMap((part) => {
    const from = entry[part];
    if (from === undefined) return [];
    const path = posix.join(wayBackFolder(stub.esp.mountPoint), WAY_BACK_COPIES[part]);
    const there = stub.copies.find((copy) => copy.path === path);
    const sha256 = from.sha256?.known === true ? from.sha256.value : undefined;
    if (there !== undefined && there.sha256 === sha256) return [];
    return [
      {
        stage: "way-back" as const,
        kind: "copyFile" as const,
        title: `copy the ${part} that boots now aside`,
        serves: [WAY_BACK_ADDRESS],
        path,
        from: from.path,
        ...(sha256 === undefined ? {} : { sha256 }),
        size: from.size,
        expect: expectedCopy(stub, path),
      },
    ];
  });
}

function fits({ esp: { freeBytes } }: Stub, bytes: number): boolean {
  return !freeBytes.known || bytes <= freeBytes.value;
}

function noRoom({ esp }: Stub, entry: LoaderEntry, bytes: number): Diagnostic {
  return {
    ...problem(
      "way-back-space",
      `${esp.mountPoint} has no room for ${mebibytes(bytes)} of copies beside what this plan writes: if it is cut while kernelstub overwrites what ${entry.id} starts, the host does not come up by itself`,
      `free space on ${esp.mountPoint}, or keep a live USB stick at hand while it is applied`,
    ),
    severity: "warning",
  };
}

// --- After a cut ---------------------------------------------------------------------------------------------

function resumed(plan: PlanUnguarded, stub: Stub, input: LoaderInput, entry: LoaderEntry): LoaderPlan {
  const text = stub.files.find(({ path }) => path === entry.path)?.text ?? "";
  const former = formerDefault(text);
  const isThere =
    former !== undefined && stub.entries.some(({ id }) => !isWayBack(id) && namesEntry(former, id));
  const pattern = isThere ? former : `${currentId(stub.name)}*`;
  const truth = stagedBoot(input.state);
  const change: Change = {
    address: WAY_BACK_ADDRESS,
    action: "update",
    before: "boots next",
    after: "in the boot menu",
    reason: "an apply was cut before it gave the default back",
    effect: "next-boot",
  };
  const release = truth.known ? truth.value.release : truth;
  const rest = plan(withDefaultSeenAs(input, stub, pattern), { release, change });
  const changes = rest.changes.filter(({ address }) => address !== WAY_BACK_ADDRESS);
  return {
    ...closed({ ...rest, changes }, stub, [], change, { files: stub.files, pattern }),
    nextBoot: { ...rest.nextBoot, before: truth },
  };
}

// --- The last write ------------------------------------------------------------------------------------------

/** The plan between its opening and the write that gives the default back, unless it makes another one the default. */
function closed(
  rest: LoaderPlan,
  stub: Stub,
  opening: readonly DraftStep[],
  change: Change,
  { files, pattern }: { readonly files: readonly TextFile[]; readonly pattern: string },
): LoaderPlan {
  const switches = rest.steps.some(({ stage }) => stage === "default");
  return {
    ...rest,
    changes: [...rest.changes, ...(switches && opening.length === 0 ? [] : [change])],
    steps: [...opening, ...rest.steps, ...(switches ? [] : [defaultStep(stub, pattern, files)])],
  };
}

function defaultStep(stub: Stub, pattern: string, files: readonly TextFile[]): DraftStep {
  const serves = [WAY_BACK_ADDRESS];
  return stub.default.variable === undefined
    ? defaultInFile(loaderConf(stub.esp.mountPoint), files, pattern, serves)
    : defaultInVariable(pattern, serves);
}

// --- The host as it is meanwhile -----------------------------------------------------------------------------

function loaderConfWith(stub: Stub, pattern: string): TextFile[] {
  const path = loaderConf(stub.esp.mountPoint);
  if (stub.default.variable !== undefined) return [...stub.files];
  return stub.files.map((file) =>
    file.path === path ? { ...file, text: withDefault(file.text, pattern) } : file,
  );
}

/** The steps of the plan find loader.conf as the opening left it. */
function withLoaderConf(input: LoaderInput, stub: Stub, pattern: string): LoaderInput {
  const pins = known({ texts: loaderConfWith(stub, pattern), copies: stub.copies });
  return withFacts(input, { pins });
}

/** As if the way back were not the default; loader.conf itself is as it is. */
function withDefaultSeenAs(input: LoaderInput, stub: Stub, pattern: string): LoaderInput {
  const setting: LoaderDefault =
    stub.default.variable === undefined
      ? { ...stub.default, configured: pattern }
      : { ...stub.default, variable: pattern };
  return withFacts(input, { loaderDefault: known(setting) });
}

function withLess(input: LoaderInput, bytes: number): LoaderInput {
  const esp = input.state.bootLoader.kernelstub?.esp;
  if (esp?.known !== true || !esp.value.freeBytes.known) return input;
  const freeBytes = known(Math.max(0, esp.value.freeBytes.value - bytes));
  return withFacts(input, { esp: known({ ...esp.value, freeBytes }) });
}

type Facts = NonNullable<LoaderInput["state"]["bootLoader"]["kernelstub"]>;

function withFacts(input: LoaderInput, changed: Partial<Facts>): LoaderInput {
  const { state } = input;
  const { kernelstub } = state.bootLoader;
  if (kernelstub === undefined) return input;
  const bootLoader = { ...state.bootLoader, kernelstub: { ...kernelstub, ...changed } };
  return { ...input, state: { ...state, bootLoader } };
}
