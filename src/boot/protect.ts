import { posix } from "node:path";
import type {
  Change,
  Diagnostic,
  EspFacts,
  Fact,
  LoaderDefault,
  LoaderEntry,
  NextBoot,
  PinnedCopy,
  TextFile,
} from "../model/index.ts";
import { runningEntry } from "./bls/running-entry.ts";
import type { DraftStep, LoaderInput, LoaderPlan } from "./loader.ts";
import { problem } from "./problem.ts";
import { mebibytes } from "./space.ts";
import { WAY_BACK_ADDRESS, wayBackChange } from "./way-back.ts";
import { writeText } from "./write-text.ts";
import { expectedCopy } from "./bls/copies.ts";
import { defaultBackInFile, defaultInVariable, passingDefaultInFile } from "./bls/default-step.ts";
import { ENTRIES } from "./bls/entries.ts";
import { withDefault, withPassingDefault, withoutDefault } from "./bls/entry-file.ts";
import { loaderConf } from "./bls/loader-default.ts";
import type { WayBack, WayBackNote } from "./bls/way-back-entry.ts";
import { WAY_BACK_COPIES, isWayBack, wayBackFolder, wayBackNote, wayBackText } from "./bls/way-back-entry.ts";

/** A host of a loader whose own tool overwrites in place what boots. */
export interface ProtectedHost {
  /** As in "TOOL overwrites in place". */
  readonly tool: string;
  readonly wayBack: WayBack;
  readonly setting: LoaderDefault;
  readonly entries: readonly LoaderEntry[];
  /** Among them loader.conf and the way back's entry, where these are there. */
  readonly files: readonly TextFile[];
  /** Among them those of the way back. */
  readonly copies: readonly PinnedCopy[];
  /** Holds loader.conf. */
  readonly esp: EspFacts;
  /** Takes the way back's entry and its copies. */
  readonly home: EspFacts;
  /** The one entry that boots next, where it can be told and where a default decides it. */
  readonly chosen: LoaderEntry | undefined;
}

/** What a loader answers so that a copy can boot while its tool overwrites what boots. */
export interface StandIn<H extends ProtectedHost> {
  /** Undefined where the loader cannot be driven. */
  hostOf(input: LoaderInput): H | undefined;
  /** Whether the plan has the tool run over what this entry starts, itself or by hooks, and for which release. */
  rewrites(host: H, entry: LoaderEntry, input: LoaderInput, alone: LoaderPlan): Rewritten | undefined;
  /** What boots next as things stand. */
  staged(host: H, input: LoaderInput): Fact<NextBoot>;
  /** The default that is given back after a cut. */
  former(host: H, note: WayBackNote | undefined): string | undefined;
  /** What the hooks write, where the plan itself does not say. */
  hooks(host: H, release: string | undefined, input: LoaderInput): LoaderPlan["hooks"];
  /** Said where what boots next cannot be put aside. */
  unprotected(host: H, input: LoaderInput, alone: LoaderPlan): readonly Diagnostic[];
  /** The input with other facts in the place of the host's own. */
  seenWith(input: LoaderInput, changed: SeenFacts): LoaderInput;
}

export interface Rewritten {
  /** Where the tool names its files by it. */
  readonly release?: string;
}

export interface SeenFacts {
  readonly setting?: LoaderDefault;
  readonly files?: readonly TextFile[];
  /** Of the partition that the tool writes to. */
  readonly freeBytes?: Fact<number>;
}

/** What an earlier apply left when it was cut while the way back was the default. */
export interface Cut {
  /** What the way back starts. */
  readonly release: Fact<string>;
  readonly change: Change;
  /** The release whose files may be half written. */
  readonly rewritten?: string;
}

/**
 * The loader's own plan.
 *
 * @param cut What an earlier apply left.
 * @param again The release whose files this plan's hooks write in place, so that the plan has to see to them itself.
 */
type PlanUnprotected = (input: LoaderInput, cut?: Cut, again?: string) => LoaderPlan;

/**
 * Plans with the way back around every run of a loader's tool over what boots: copies of that become the default first,
 * and lose it again by the one write that comes after everything else. A cut at any moment then leaves either the old
 * configuration or the new one to boot, which the tools alone do not: kernelstub truncates the kernel that boots, then
 * fills it again, and kernel-install removes it and copies it anew.
 */
export function protect<H extends ProtectedHost>(
  plan: PlanUnprotected,
  standIn: StandIn<H>,
): (input: LoaderInput) => LoaderPlan {
  return (input) => {
    const host = standIn.hostOf(input);
    if (host === undefined) return plan(input);
    const { chosen } = host;
    if (chosen === undefined) {
      const alone = plan(input);
      return { ...alone, diagnostics: [...alone.diagnostics, ...standIn.unprotected(host, input, alone)] };
    }
    const work = { plan, standIn, host, input };
    return isWayBack(chosen.id) ? resumed(work, chosen) : begun(work, chosen);
  };
}

interface Work<H extends ProtectedHost> {
  readonly plan: PlanUnprotected;
  readonly standIn: StandIn<H>;
  readonly host: H;
  readonly input: LoaderInput;
}

// --- From the beginning --------------------------------------------------------------------------------------

function begun<H extends ProtectedHost>(
  { plan, standIn, host, input }: Work<H>,
  entry: LoaderEntry,
): LoaderPlan {
  const alone = plan(input);
  const rewritten = standIn.rewrites(host, entry, input, alone);
  if (rewritten === undefined || hasErrors(alone) || !isWhole(entry)) return alone;
  const before = standIn.staged(host, input);
  const release = before.known && before.value.release.known ? before.value.release.value : entry.id;
  const { wayBack } = host;
  const former = formerOf(host);
  const copies = copiesOf(host, input, entry);
  const bytes = copies.reduce((sum, { size }) => sum + size, 0);
  // As the opening leaves the host: loader.conf names the way back, and the copies have taken their room.
  const files = filesMeanwhile(host);
  const meanwhile = standIn.seenWith(input, { files, freeBytes: lessBy(host.home.freeBytes, bytes) });
  const rest = plan(meanwhile, undefined, rewritten.release);
  if (hasErrors(rest) || !fits(host.home, bytes))
    return { ...alone, diagnostics: [...alone.diagnostics, noRoom(host, entry, bytes)] };

  const present = host.files.find(({ path }) => path === entryPath(host));
  const note: WayBackNote = {
    former,
    ...(rewritten.release === undefined ? {} : { rewritten: rewritten.release }),
  };
  const text = wayBackText(entry, note);
  const opening: DraftStep[] = [
    ...copies,
    ...(keepsFiles(input) || present?.text === text
      ? []
      : [
          writeText(
            {
              stage: "way-back",
              title: `write an entry for what boots now, ${release}`,
              serves: [WAY_BACK_ADDRESS],
              path: entryPath(host),
              content: text,
            },
            present,
          ),
        ]),
    {
      ...(host.setting.variable === undefined
        ? passingDefaultInFile(loaderConf(host.esp.mountPoint), host.files, wayBack.pattern, SERVES)
        : defaultInVariable(wayBack.pattern, SERVES)),
      stage: "way-back",
    },
  ];
  const change = wayBackChange(
    present === undefined,
    `${release}, as it boots now`,
    `${host.tool} overwrites the files of ${entry.id}: meanwhile a copy boots; it stays in the menu`,
  );
  const closing = givingBack(host, former, files, confText(host));
  const hooks = rest.hooks ?? standIn.hooks(host, rewritten.release, input);
  return { ...closed(rest, opening, change, closing), ...(hooks === undefined ? {} : { hooks }) };
}

const SERVES = [WAY_BACK_ADDRESS];

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

function entryPath({ home, wayBack }: ProtectedHost): string {
  return posix.join(home.mountPoint, ENTRIES, `${wayBack.id}.conf`);
}

/** What is set in the place where the way back is set; nothing where the first of the menu boots. */
function formerOf({ setting }: ProtectedHost): string | undefined {
  return setting.variable ?? setting.configured;
}

function copiesOf(
  host: ProtectedHost,
  input: LoaderInput,
  entry: LoaderEntry,
): (DraftStep & { readonly kind: "copyFile" })[] {
  if (keepsFiles(input)) return [];
  return (["image", "initrd"] as const).flatMap((part) => {
    const from = entry[part];
    if (from === undefined) return [];
    const path = posix.join(wayBackFolder(host.home.mountPoint), WAY_BACK_COPIES[part]);
    const there = host.copies.find((copy) => copy.path === path);
    const sha256 = from.sha256?.known === true ? from.sha256.value : undefined;
    if (there !== undefined && there.sha256 === sha256) return [];
    return [
      {
        stage: "way-back" as const,
        kind: "copyFile" as const,
        title: `copy the ${part} that boots now aside`,
        serves: SERVES,
        path,
        from: from.path,
        ...(sha256 === undefined ? {} : { sha256 }),
        size: from.size,
        expect: expectedCopy(host.copies, path),
      },
    ];
  });
}

function lessBy(free: Fact<number>, bytes: number): Fact<number> {
  return free.known ? { known: true, value: Math.max(0, free.value - bytes) } : free;
}

function fits({ freeBytes }: EspFacts, bytes: number): boolean {
  return !freeBytes.known || bytes <= freeBytes.value;
}

function noRoom({ home, tool }: ProtectedHost, entry: LoaderEntry, bytes: number): Diagnostic {
  return {
    ...problem(
      "way-back-space",
      `${home.mountPoint} has no room for ${mebibytes(bytes)} of copies beside what this plan writes: if it is interrupted while ${tool} overwrites the files of ${entry.id}, the host does not come up by itself`,
      `free space on ${home.mountPoint}, or keep a live USB stick at hand while it is applied`,
    ),
    severity: "warning",
  };
}

// --- After a cut ---------------------------------------------------------------------------------------------

function resumed<H extends ProtectedHost>(
  { plan, standIn, host, input }: Work<H>,
  entry: LoaderEntry,
): LoaderPlan {
  const note = wayBackNote(host.files.find(({ path }) => path === entry.path)?.text ?? "");
  const former = standIn.former(host, note);
  const truth = standIn.staged(host, input);
  const change: Change = {
    address: WAY_BACK_ADDRESS,
    action: "update",
    before: "boots next",
    after: "in the boot menu",
    reason: "an apply was interrupted before it restored the default",
    effect: "next-boot",
  };
  const rewritten = note?.rewritten;
  const rest = plan(standIn.seenWith(input, { setting: settingWith(host, former) }), {
    release: truth.known ? truth.value.release : truth,
    change,
    ...(rewritten === undefined ? {} : { rewritten }),
  });
  const changes = rest.changes.filter(({ address }) => address !== WAY_BACK_ADDRESS);
  const conf = confText(host);
  const text = former === undefined ? withoutDefault(conf) : withDefault(conf, former);
  const hooks = rest.hooks ?? standIn.hooks(host, rewritten, input);
  return {
    ...closed({ ...rest, changes }, [], change, givingBack(host, former, host.files, text)),
    ...(hooks === undefined ? {} : { hooks }),
  };
}

/** As if the way back were not the default; loader.conf itself is as it is. */
function settingWith({ setting }: ProtectedHost, former: string | undefined): LoaderDefault {
  const { variable, configured, ...rest } = setting;
  if (variable === undefined) return { ...rest, ...(former === undefined ? {} : { configured: former }) };
  return {
    ...rest,
    ...(configured === undefined ? {} : { configured }),
    ...(former === undefined ? {} : { variable: former }),
  };
}

// --- The last write ------------------------------------------------------------------------------------------

/** The plan between its opening and the write that gives the default back, unless it makes another one the default. */
function closed(
  rest: LoaderPlan,
  opening: readonly DraftStep[],
  change: Change,
  closing: DraftStep,
): LoaderPlan {
  const switches = rest.steps.some(({ stage }) => stage === "default");
  return {
    ...rest,
    changes: [...rest.changes, ...(switches && opening.length === 0 ? [] : [change])],
    steps: [...opening, ...rest.steps, ...(switches ? [] : [closing])],
  };
}

/**
 * @param files As they are when it is given back.
 * @param text loader.conf as it shall be then.
 */
function givingBack(
  { setting, esp }: ProtectedHost,
  former: string | undefined,
  files: readonly TextFile[],
  text: string,
): DraftStep {
  return setting.variable === undefined
    ? defaultBackInFile(loaderConf(esp.mountPoint), files, { former, text }, SERVES)
    : defaultInVariable(former ?? "", SERVES);
}

function confText({ files, esp }: ProtectedHost): string {
  return files.find(({ path }) => path === loaderConf(esp.mountPoint))?.text ?? "";
}

/** The steps of the plan find loader.conf as the opening left it. */
function filesMeanwhile({ setting, esp, files, wayBack }: ProtectedHost): readonly TextFile[] {
  if (setting.variable !== undefined) return files;
  const path = loaderConf(esp.mountPoint);
  const present = files.find((file) => file.path === path);
  const text = withPassingDefault(present?.text ?? "", wayBack.pattern);
  return [
    ...files.filter((file) => file !== present),
    { ...(present ?? { path, mode: 0o644, uid: 0, gid: 0 }), text },
  ];
}
