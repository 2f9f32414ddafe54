import { posix } from "node:path";
import type { Diagnostic, Fact, HostState, LoaderEntry, NextBoot, TextFile } from "../model/index.ts";
import { expectedCopy, isWhole } from "./bls/copies.ts";
import { defaultBackInFile, defaultInVariable, passingDefaultInFile } from "./bls/default-step.ts";
import { ENTRIES } from "./bls/entries.ts";
import { withDefault, withPassingDefault, withoutDefault } from "./bls/entry-file.ts";
import { loaderSetting } from "./bls/entry-text.ts";
import { loaderConf } from "./bls/loader-default.ts";
import { runningEntry } from "./bls/running-entry.ts";
import {
  WAY_BACK_COPIES,
  isWayBack,
  wayBackFolder,
  wayBackNote,
  wayBackText,
  withNote,
} from "./bls/way-back-entry.ts";
import { LOADER_DEFAULT } from "./efi-variables.ts";
import { byAnotherKernel, insteadOf, noOtherEntry } from "./another-kernel.ts";
import { protectEsps } from "./protect-esps.ts";
import type {
  Cut,
  DraftStep,
  EspStandIn,
  LoaderPlan,
  Protected,
  Rewritten,
  StandIn,
  UnnumberedStep,
} from "./loader.ts";
import { warning } from "./problem.ts";
import { mebibytes } from "./space.ts";
import { WAY_BACK_ADDRESS, givenBackChange, wayBackChange } from "./way-back.ts";
import { expected, writeText } from "./write-text.ts";
import { nextRelease } from "./menu.ts";
import { TRIAL_BEFORE } from "./trial.ts";

/** Whose steps they are, which says what stands in. */
export type Protection =
  /** A plan's: copies of what boots now. After a cut these are there and boot. */
  | {
      readonly of: "plan";
      readonly plan: Pick<LoaderPlan, "diagnostics" | "bytes">;
      readonly before: Fact<NextBoot>;
      readonly cut?: Cut | undefined;
    }
  /** An undo's: what its apply has put aside. `serves` is said of the steps that set the default. */
  | { readonly of: "undo"; readonly serves: readonly string[] };

/**
 * Protects the steps of a plan, or of an undo.
 *
 * @param host Undefined where no tool of the loader overwrites what boots.
 */
export function protect<S extends UnnumberedStep>(
  host: StandIn | EspStandIn | undefined,
  state: HostState,
  steps: readonly S[],
  whose: Protection,
): Protected<S> {
  const asTheyAre = { opening: [], steps, closing: [], changes: [], diagnostics: [] };
  if (host === undefined) return asTheyAre;
  if ("uuids" in host) {
    if (whose.of === "undo") return protectEsps(host, steps, 0);
    const isRefused = whose.plan.diagnostics.some(({ severity }) => severity === "error");
    return isRefused ? asTheyAre : protectEsps(host, steps, whose.plan.bytes ?? 0);
  }
  const { chosen } = host;
  if (whose.of === "undo") {
    const { serves } = whose;
    const isAtRisk = chosen !== undefined && isTouchedBy(host, chosen, steps);
    return isAtRisk && isPutAside(host, state)
      ? around(host, steps, { opening: [], changes: [], serves })
      : asTheyAre;
  }
  const { plan, before, cut } = whose;
  if (cut !== undefined) return finished(host, cut, steps);
  if (plan.diagnostics.some(({ severity }) => severity === "error")) return asTheyAre;
  if (chosen === undefined) return { ...asTheyAre, diagnostics: host.unprotected?.(steps) ?? [] };
  const other = insteadOf(host, chosen, steps);
  if (other === "none") return { ...asTheyAre, diagnostics: [noOtherEntry(chosen)] };
  if (other !== undefined) {
    const path = entryPath(host);
    const at = { path, present: host.files.find((file) => file.path === path), former: formerOf(host) };
    return around(host, steps, { ...byAnotherKernel(chosen, other, at), serves: SERVES });
  }
  const inPlace = rewrittenBy(host, chosen, steps);
  const rewritten = inPlace ?? (isOvertaken(host, chosen, steps) ? {} : undefined);
  if (rewritten === undefined || !isWhole(chosen)) return asTheyAre;
  // Where the host was started by the stand-in, that is known to be good, and is kept as it is.
  const running = runningEntry(state);
  const isKept = running !== undefined && isWayBack(running.id);
  // So is a copy of this boot's kernel, where what boots next has not booted yet.
  const tried = isKept ? undefined : triedStandIn(host, chosen, state);
  const copies = isKept || tried !== undefined ? [] : copiesOf(host, chosen);
  const bytes = copies.reduce((sum, { size }) => sum + size, 0);
  if (!fits(host, bytes, plan)) return { ...asTheyAre, diagnostics: [noRoom(host, chosen, bytes)] };
  const release = nextRelease(before) ?? chosen.id;
  const what = tried === undefined ? `${release}, as it boots now` : `${tried.id}, the kernel of this boot`;
  const change = wayBackChange(
    !host.files.some(({ path }) => path === entryPath(host)),
    what,
    inPlace === undefined
      ? `a new kernel comes before ${chosen.id} as soon as it is there: meanwhile a copy boots; it stays in the menu`
      : `${host.tool} overwrites the files of ${chosen.id}: meanwhile a copy boots; it stays in the menu`,
  );
  const entry = isKept ? [] : entryOf(host, tried ?? chosen, rewritten, release);
  return around(host, steps, { opening: [...copies, ...entry], changes: [change], serves: SERVES });
}

/** What boots now, put aside and made the default for as long as it takes, whatever the steps write. */
export interface Aside {
  readonly opening: readonly DraftStep[];
  readonly diagnostics: readonly Diagnostic[];
}

/** @param line The options with which it boots from now on. */
export function besideWhatBoots(host: StandIn, line: string): Aside | undefined {
  const { chosen } = host;
  if (chosen === undefined) return undefined;
  const serves = [TRIAL_BEFORE];
  const copies = copiesOf(host, chosen).map((step) => ({ ...step, serves }));
  const bytes = copies.reduce((sum, { size }) => sum + size, 0);
  const path = entryPath(host);
  const present = host.files.find((file) => file.path === path);
  const content = wayBackText(chosen, { former: formerOf(host) }, line);
  const title = "write an entry for what boots now";
  const entry =
    present?.text === content
      ? []
      : [writeText({ stage: "way-back", title, serves, path, content }, present)];
  const { opening } = around(host, [], { opening: [...copies, ...entry], changes: [], serves });
  return {
    opening,
    diagnostics: fits(host, bytes, {}) ? [] : [{ ...noRoom(host, chosen, bytes), severity: "error" }],
  };
}

const SERVES = [WAY_BACK_ADDRESS];

/**
 * Whether these steps touch in place what the entry starts: a program does, or an undo puts its kernel and its initrd back,
 * one after the other.
 */
export function isTouchedBy(host: StandIn, entry: LoaderEntry, steps: readonly UnnumberedStep[]): boolean {
  const own = [entry.image?.path, entry.initrd?.path];
  const isReplaced = steps.some(
    (step) => step.kind !== "exec" && step.kind !== "remove" && own.includes(step.path),
  );
  return isReplaced || rewrittenBy(host, entry, steps) !== undefined;
}

function rewrittenBy(
  host: StandIn,
  entry: LoaderEntry,
  steps: readonly UnnumberedStep[],
): Rewritten | undefined {
  return steps
    .map((step) => (step.kind === "exec" ? host.writesInPlace(step.action, entry) : undefined))
    .find((rewritten) => rewritten !== undefined);
}

/** Whether these steps bring a kernel that boots in its place before all of it is there. */
function isOvertaken(host: StandIn, entry: LoaderEntry, steps: readonly UnnumberedStep[]): boolean {
  return steps.some((step) => step.kind === "exec" && host.overtakes?.(step.action, entry) === true);
}

/** The path where the default is set that decides. */
export function defaultPath({ setting, esp }: StandIn): string {
  return setting.variable === undefined ? loaderConf(esp.mountPoint) : LOADER_DEFAULT;
}

export function setsDefault({ setting, esp }: StandIn, step: UnnumberedStep): boolean {
  return step.kind === "exec"
    ? setting.variable !== undefined && step.action.does === "set-default"
    : setting.variable === undefined && step.path === loaderConf(esp.mountPoint);
}

// --- What stands in ------------------------------------------------------------------------------------------

/** Whether an earlier apply has put a kernel aside that is still one of /boot's, whole with its initrd. */
function isPutAside({ entries, standInEntry }: StandIn, { kernels }: HostState): boolean {
  const entry = entries.find(({ id }) => id === standInEntry.id);
  const sha256 = entry?.image?.sha256;
  return (
    entry !== undefined &&
    isWhole(entry) &&
    sha256?.known === true &&
    kernels.known &&
    kernels.value.some(({ image }) => image?.sha256?.known === true && image.sha256.value === sha256.value)
  );
}

/** The stand-in of an earlier apply, where it is whole and starts the kernel of this boot, which what boots next does not. */
function triedStandIn(
  { entries, standInEntry }: StandIn,
  chosen: LoaderEntry,
  { kernels, running: { release } }: HostState,
): LoaderEntry | undefined {
  const entry = entries.find(({ id }) => id === standInEntry.id);
  const running =
    kernels.known && release.known ? kernels.value.find((one) => one.release === release.value) : undefined;
  const [own, its, next] = [entry?.image, running?.image, chosen.image].map((file) =>
    file?.sha256?.known === true ? file.sha256.value : undefined,
  );
  const isTried = own !== undefined && own === its && next !== undefined && next !== its;
  return entry !== undefined && isTried && isWhole(entry) ? entry : undefined;
}

function entryPath({ home, standInEntry }: StandIn): string {
  return posix.join(home.mountPoint, ENTRIES, `${standInEntry.id}.conf`);
}

function copiesOf(host: StandIn, entry: LoaderEntry): (DraftStep & { readonly kind: "copyFile" })[] {
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
        sha256,
        size: from.size,
        expect: expectedCopy(host.copies, path),
      },
    ];
  });
}

function entryOf(host: StandIn, of: LoaderEntry, { release }: Rewritten, what: string): DraftStep[] {
  const path = entryPath(host);
  const present = host.files.find((file) => file.path === path);
  const note = release === undefined ? {} : { rewritten: release };
  const about = { former: formerOf(host), ...note };
  const content =
    isWayBack(of.id) && present !== undefined ? withNote(present.text, about) : wayBackText(of, about);
  if (present?.text === content) return [];
  const title = `write an entry for what boots now, ${what}`;
  return [writeText({ stage: "way-back", title, serves: SERVES, path, content }, present)];
}

/** What a plan needs by itself was seen to before. */
function fits({ home }: StandIn, copies: number, { bytes = 0 }: Pick<LoaderPlan, "bytes">): boolean {
  return copies === 0 || !home.freeBytes.known || copies + bytes <= home.freeBytes.value;
}

function noRoom({ home, tool }: StandIn, entry: LoaderEntry, bytes: number): Diagnostic {
  return warning(
    "way-back-space",
    `${home.mountPoint} has no room for ${mebibytes(bytes)} of copies beside what this plan writes: if it is interrupted while ${tool} overwrites the files of ${entry.id}, the host does not come up by itself`,
    `free space on ${home.mountPoint}, or keep a live USB stick at hand while it is applied`,
  );
}

// --- After a cut ---------------------------------------------------------------------------------------------

/**
 * What an earlier apply left when it was cut while the stand-in was the default. The plan is made for the host as it would
 * be with the default given back, and {@link finished} gives it back.
 */
export function cutApply(host: StandIn | EspStandIn | undefined, before: Fact<NextBoot>): Cut | undefined {
  // There each refresh gives the default back.
  if (host === undefined || "uuids" in host) return undefined;
  const { chosen } = host;
  if (chosen === undefined || !isWayBack(chosen.id)) return undefined;
  const note = wayBackNote(host.files.find(({ path }) => path === chosen.path)?.text ?? "");
  const former = host.formerDefault(note);
  const place = host.setting.variable === undefined ? "configured" : "variable";
  return {
    state: host.withSetting({ ...host.setting, [place]: former }),
    former,
    release: before.known ? before.value.release : before,
    change: givenBackChange(),
    ...(note?.rewritten === undefined ? {} : { rewritten: note.rewritten }),
  };
}

/** The steps of a plan after a cut, with the write that gives the default back where none of them sets one. */
function finished<S extends UnnumberedStep>(
  host: StandIn,
  { former, change }: Cut,
  steps: readonly S[],
): Protected<S> {
  const isSet = steps.some((step) => setsDefault(host, step));
  const text = former === undefined ? withoutDefault(confText(host)) : withDefault(confText(host), former);
  return {
    opening: [],
    steps,
    closing: isSet ? [] : [givingBack(host, former, { files: host.files, text, serves: SERVES })],
    changes: isSet ? [] : [change],
    diagnostics: [],
  };
}

// --- The default, put aside and given back -------------------------------------------------------------------

/** @param about What else is done before, and what the steps that set the default serve. */
function around<S extends UnnumberedStep>(
  host: StandIn,
  steps: readonly S[],
  about: Pick<Protected<S>, "opening" | "changes"> & { readonly serves: readonly string[] },
): Protected<S> {
  const { setting, esp, standInEntry, files } = host;
  const { opening, changes, serves } = about;
  const path = loaderConf(esp.mountPoint);
  const conf = setting.variable === undefined ? confMeanwhile(host) : undefined;
  const first =
    conf === undefined
      ? defaultInVariable(standInEntry.pattern, serves)
      : passingDefaultInFile(path, files, standInEntry.pattern, serves);
  const then = { files: conf === undefined ? files : [conf], text: confText(host), serves };
  return {
    opening: [...opening, { ...first, stage: "way-back" }],
    steps: steps.map((step) => (conf === undefined ? step : afterOpening(step, conf))),
    closing: steps.some((step) => setsDefault(host, step)) ? [] : [givingBack(host, formerOf(host), then)],
    changes,
    diagnostics: [],
  };
}

/** What is set in the place where the stand-in is set; nothing where the first of the menu boots. */
function formerOf({ setting }: StandIn): string | undefined {
  return setting.variable ?? setting.configured;
}

function confText({ files, esp }: StandIn): string {
  return files.find(({ path }) => path === loaderConf(esp.mountPoint))?.text ?? "";
}

/** loader.conf as the opening leaves it. */
function confMeanwhile({ esp, files, standInEntry }: StandIn): TextFile {
  const path = loaderConf(esp.mountPoint);
  const present = files.find((file) => file.path === path);
  const text = withPassingDefault(present?.text ?? "", standInEntry.pattern);
  return { ...(present ?? { path, mode: 0o644, uid: 0, gid: 0 }), text };
}

/** The step as it is where it finds this loader.conf. */
function afterOpening<S extends UnnumberedStep>(step: S, conf: TextFile): S {
  if (step.kind === "exec" || step.path !== conf.path) return step;
  switch (step.kind) {
    case "writeFile": {
      const pattern = loaderSetting(step.content, "default");
      const content = pattern === undefined ? step.content : withDefault(conf.text, pattern);
      return { ...step, ...expected(conf), content };
    }
    case "restore":
    case "remove":
      return { ...step, ...expected(conf) };
    case "copyFile":
    case "symlink":
      return step;
  }
}

/** @param then loader.conf as it is when the default is given back, and its text as it will be. */
function givingBack(
  { setting, esp }: StandIn,
  former: string | undefined,
  then: { readonly files: readonly TextFile[]; readonly text: string; readonly serves: readonly string[] },
): DraftStep {
  const { files, text, serves } = then;
  return setting.variable === undefined
    ? defaultBackInFile(loaderConf(esp.mountPoint), files, { former, text }, serves)
    : defaultInVariable(former ?? "", serves);
}
