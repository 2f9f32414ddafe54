import { posix } from "node:path";
import { expectedCopy } from "../bls/copies.ts";
import { run } from "../run.ts";
import { splitLine } from "../../cmdline.ts";
import type {
  AddedOptions,
  Change,
  Diagnostic,
  Fact,
  GrubMenu,
  GrubSettingsFile,
  HostState,
  KernelFact,
  NextBoot,
} from "../../model/index.ts";
import type { BootLoader, BootWish, DraftStep, LoaderInput, LoaderPlan } from "../loader.ts";
import type { OptionEdit } from "../options.ts";
import { isDropped, recordProblems, recordSteps, unstagedEdits } from "../owned-options.ts";
import {
  NO_DIFFERENCE,
  keptOptions,
  noPlan,
  optionChanges,
  releaseAsWished,
  releaseGivenBack,
  releaseToCome,
  unstagedChanges,
} from "../plan-parts.ts";
import { asWarning, problem } from "../problem.ts";
import { expected, writeText } from "../write-text.ts";
import { defaultEntry, entriesOf, takesOptions } from "./default-entry.ts";
import type { DropIn } from "./drop-in.ts";
import type { Grub } from "./host.ts";
import { usable } from "./host.ts";
import { NO_INITRD, menu } from "./menu.ts";
import { afterUpgrade } from "./upgrade.ts";
import { nextBootOf, nextRelease } from "../menu.ts";
import { findings } from "./findings.ts";
import { nameOfRelease } from "./kernel-names.ts";
import { menuAfter } from "./menu-after.ts";
import { MENU_WRITTEN, makeMenu, menuArgv, menuProgram } from "./menu-program.ts";
import { entryPath } from "./predict-menu.ts";
import { DROP_INS, SETTINGS } from "./probe.ts";
import {
  edited,
  inexpressible,
  notEdited,
  notListed,
  notReached,
  notReinstalled,
  oneShot,
  overridden,
  pinnedOnce,
} from "./problems.ts";
import { faultProblems } from "./shell-faults.ts";
import type { Settings } from "./settings.ts";
import { settingsOf, withFiles } from "./settings.ts";
import { whyUnsure } from "./line-words.ts";
import type { Home } from "./own-settings.ts";
import { withOwn } from "./own-settings.ts";
import type { Meanwhile } from "./passing-default.ts";
import { meanwhile } from "./passing-default.ts";
import { WAY_BACK_ADDRESS } from "../way-back.ts";
import { choiceFile, holdBefore, leavesChoice, tryWithGrub, unchosen, withoutWayBack } from "./trial.ts";
import { keepBooted, withoutTrialBlock } from "./way-back.ts";
import type { Wanted } from "./wanted.ts";
import { ownedOf, wantedFiles, wantedOptions, withEdits } from "./wanted.ts";
import type { Difference } from "../plan-parts.ts";

export const grub: BootLoader = {
  name: "grub",
  menu,
  findings,
  root: { remedy: "sudo update-grub", needed: true },
  standIn: undefined,
  trial: { tryOnce: tryWithGrub, unchosen, leavesChoice, choiceFile },
  decides: (path) => path === SETTINGS || path.startsWith(`${DROP_INS}/`),
  plan,
};

/**
 * GRUB starts what its generated menu says; update-grub makes that menu of the settings and of the kernels in /boot.
 * So what is declared goes into the settings (one drop-in of hostcfg's own, and the user's files only lose what is declared
 * absent; or /etc/default/grub itself, where no drop-in is read), update-grub runs once, and the menu that it made is read again. The default is pinned by ids: numbers and
 * titles move with every kernel.
 */
function plan(given: LoaderInput): LoaderPlan {
  const { wish } = given;
  // What booted before is the default as long as a trial lasts: planned is what comes after that.
  const state = given.trial === undefined ? given.state : withoutWayBack(given.state);
  const input = { ...given, state };
  const before = nextBootOf("grub", menu(state));
  // Also where GRUB cannot be driven, its hook makes the menu.
  const hooks = input.packagesRun && state.bootLoader.grub?.hook === true ? { hooks: MENU_WRITTEN } : {};
  const grub = usable(state, wish);
  if ("problems" in grub) {
    const wished = wish.release !== undefined || wish.options !== undefined;
    const why = grub.problems[0]?.summary ?? "GRUB cannot be driven";
    const problems = wished || "hooks" in hooks ? grub.problems : grub.problems.flatMap(onlyBroken);
    return { ...noPlan(why, problems), ...hooks };
  }
  const refused = wish.options === undefined ? [] : inexpressible(wish.options.present);
  if (refused.length > 0) return { ...noPlan("nothing is planned", refused), ...hooks };

  const { home, base } = grub;
  const owned = ownedOf(grub.files, home);
  const pin = pinOf(grub, input);
  const recorded = recordOf(grub, input.state);
  const wanted: Wanted =
    wish.options === undefined
      ? { edits: [], own: owned.options, added: [], cut: [] }
      : wantedOptions(base, owned.options, wish.options, { ...home, recorded });
  const chosen = pin ?? (wish.unpin === true ? undefined : owned.default);
  const own = { default: chosen, options: wanted.own };
  const unsure = home.isDropIn
    ? undefined
    : whyUnsure(grub.files, withEdits(grub.files, home, wanted), { ...wanted, base });
  if (unsure !== undefined) {
    const problems = [notEdited(unsure, wanted, menuArgv(makeMenu(grub.generator)))];
    return { ...noPlan("nothing is planned", problems), ...hooks };
  }
  const lasting = settingsOf(withFiles(grub.files, wantedFiles(grub.files, home, { ...wanted, own })));
  const real = given.trial === undefined ? grub : usable(given.state, wish);
  const tried =
    given.trial === undefined || "problems" in real
      ? undefined
      : holdBefore(real, given, { wanted: lasting, own });
  const held = tried ?? meanwhile(grub, input, owned);
  const atWork = tried === undefined ? (held.isHeld ? { ...own, meanwhile: {} } : own) : (tried.own ?? own);
  const texts = wantedFiles(grub.files, home, { ...wanted, own: atWork }, held.grub.files);
  const settings = tried === undefined ? settingsOf(withFiles(grub.files, texts)) : lasting;

  const release =
    pin === undefined && owned.default !== undefined && chosen === undefined
      ? releaseGivenBack(owned.default)
      : releaseChange(grub, input, before, pin);
  const { addedOptions } = input.state;
  const unstaged = notYetInMenu(grub, wish, addedOptions, { edits: wanted.edits, settings });
  const line = base.map(({ option }) => option);
  const ofOptions = [
    ...optionChanges(wanted.edits, wish, "GRUB's settings", "have"),
    ...unstagedChanges(unstaged, "GRUB's settings"),
  ];
  const wished = [...release.changes, ...ofOptions];
  const after = menuAfter(grub, input, settings);
  const kept =
    wished.length === 0 || tried !== undefined ? { changes: [], steps: [] } : keepBooted(state, after);
  const over = tried === undefined && held.isHeld ? withoutTrial(state) : [];
  const changes = [...wished, ...held.changes, ...kept.changes];
  return {
    afterUpgrade: (after) => afterUpgrade(settings, after, grub),
    changes,
    unchanged: [...release.unchanged, ...keptOptions(wish, ofOptions)],
    steps: [
      ...(home.isDropIn
        ? recordSteps(wish.options, [...wanted.edits, ...unstaged], addedOptions, {
            elsewhere: linesOf(grub),
            isShown: true,
          })
        : recordSteps(
            wish.options,
            [...wanted.edits, ...unstaged.filter(({ action }) => action === "delete")],
            addedOptions,
            { before: [line] },
          )),
      ...held.opening,
      ...kept.steps,
      ...(wished.length > 0 || (held.isHeld && tried === undefined) ? steps(held, texts, wished) : []),
      ...over,
      ...(held.isHeld && tried === undefined ? takenOut(held.grub, texts, own) : []),
    ],
    diagnostics: [
      ...held.diagnostics,
      ...diagnose(grub, input, {
        settings,
        pin,
        changes: changes.length > 0,
        intact: owned.intact,
        after,
      }),
      ...(home.isDropIn ? [] : recordProblems(wish.options, addedOptions)),
    ],
    ...hooks,
  };
}

/** Where nothing is asked of GRUB: only what no update-grub will get over, whoever runs it. */
function onlyBroken(found: Diagnostic): Diagnostic[] {
  return found.code === "grub-settings-broken" ? [asWarning(found)] : [];
}

/** The record of what hostcfg wrote into a person's line; absent where such a line is not hostcfg's to write to. */
function recordOf({ home, generator }: Grub, { addedOptions }: HostState): Fact<AddedOptions> | undefined {
  // Arch's grub-mkconfig came to read drop-ins: what hostcfg wrote before that is still its own.
  return home.isDropIn && generator.wholeNames !== true ? undefined : addedOptions;
}

/** The declared release's entry, by its ids. */
function pinOf(grub: Grub, { wish: { release }, kernels }: LoaderInput): string | undefined {
  return release === undefined
    ? undefined
    : entryPath(grub.style, nameOfRelease(kernels, release), grub.submenus);
}

// --- What is to change ---------------------------------------------------------------------------------------

function releaseChange(
  grub: Grub,
  { wish, kernels }: LoaderInput,
  before: Fact<NextBoot>,
  pin: string | undefined,
): Difference {
  const { release } = wish;
  if (release === undefined || pin === undefined) return NO_DIFFERENCE;
  const staged = nextRelease(before);
  const kernel = kernels.find((one) => one.release === release);
  const reason =
    staged === release
      ? (whyNotPinned(grub, pin) ?? whyWithoutInitrd(before, kernel))
      : staged === undefined
        ? "what boots next is unknown"
        : `the next boot would start ${staged}`;
  if (reason === undefined) return releaseAsWished(`${release} is pinned and boots next`);
  const unlike = whyNotPinned(grub, pin) === undefined ? "without its initrd" : "not pinned";
  return releaseToCome(release, staged === release ? `${release}, ${unlike}` : (staged ?? null), reason);
}

function whyNotPinned({ settings, menu }: Grub, pin: string): string | undefined {
  const configured = settings.default;
  if (!configured.known || configured.value !== pin) return "GRUB_DEFAULT does not name it";
  return menu.default === pin ? undefined : "the menu was generated before it was pinned";
}

/** 10_linux leaves the line out of an entry whose initrd is not there yet. */
function whyWithoutInitrd(before: Fact<NextBoot>, kernel: KernelFact | undefined): string | undefined {
  const named = before.known && before.value.initrd !== NO_INITRD;
  return named || kernel?.initrd === undefined
    ? undefined
    : "the menu was generated before its initrd was there";
}

/** What is right in the settings, but not on the line of the entry that boots next. */
function notYetInMenu(
  grub: Grub,
  wish: BootWish,
  added: Fact<AddedOptions>,
  { edits, settings }: { readonly edits: readonly OptionEdit[]; readonly settings: Settings },
): OptionEdit[] {
  const { options } = wish;
  const next = defaultEntry(grub.menu, grub.environment);
  // Some entries do not get them, whatever is written, and of some only GRUB knows; {@link notReached} says so.
  if (options === undefined || (next !== undefined && !(next.known && takesOptions(next.value.entry))))
    return [];
  const staged = next === undefined ? [] : next.value.entry.options;
  const lines = [settings.everywhere, settings.usual].flatMap((line) => (line.known ? line.value : []));
  // The record may be of another loader: what the settings have is for them to say.
  const configured = new Set(lines.map(({ option }) => option));
  return unstagedEdits(staged, options, added, edits).filter(
    (edit) => !(isDropped(edit, options) && splitLine(edit.before ?? "").every((one) => configured.has(one))),
  );
}

/** What the settings and the entries have. */
function linesOf({ settings, menu }: Grub): string[][] {
  const configured = [settings.everywhere, settings.usual].map((line) =>
    line.known ? line.value.map(({ option }) => option) : [],
  );
  return [...configured, ...entriesOf(menu.items).map(({ options }) => [...options])];
}

function steps({ grub, isHeld }: Meanwhile, texts: Texts, wished: readonly Change[]): DraftStep[] {
  const serves = [...wished.map(({ address }) => address), ...(isHeld ? [WAY_BACK_ADDRESS] : [])];
  const action = makeMenu(grub.generator);
  const title = `let ${menuProgram(action)} generate the menu`;
  return [
    ...writes(grub.home, grub.files, texts, { stage: "options", serves }),
    run("loader", action, { title, serves, ...MENU_WRITTEN }),
  ];
}

/** The entry of a trial goes once it is kept, when nothing chooses it any more; so do copies of an earlier one. */
function withoutTrial({ bootLoader: { grub } }: HostState): DraftStep[] {
  const file = grub?.custom.file;
  const content = file === undefined ? undefined : withoutTrialBlock(file.text);
  if (file === undefined || content === undefined) return [];
  const about = { stage: "cleanup", serves: [WAY_BACK_ADDRESS] } as const;
  const title = "take the entry of the trial out of the boot menu";
  const copies = grub?.copies ?? [];
  const unnamed = copies.filter(({ path }) => !content.includes(`/${posix.basename(path)}`));
  return [
    writeText({ ...about, title, path: file.path, content }, file),
    ...unnamed.map(({ path }): DraftStep => {
      const gone = `remove ${path}: no entry names it`;
      return { ...about, kind: "remove", title: gone, path, expect: expectedCopy(copies, path) };
    }),
  ];
}

/** The last step: a cut before it leaves what tells the next plan that the menu may be of before. */
function takenOut({ files, home }: Grub, texts: Texts, own: DropIn): DraftStep[] {
  const about = { stage: "cleanup", serves: [WAY_BACK_ADDRESS] } as const;
  const last = withFiles(files, texts);
  return writes(home, last, withOwn(last, home, own), about);
}

/** Texts of settings files by path; undefined for one that goes. */
type Texts = ReadonlyMap<string, string | undefined>;

function writes(
  home: Home,
  files: readonly GrubSettingsFile[],
  texts: Texts,
  about: Pick<DraftStep, "stage" | "serves">,
): DraftStep[] {
  // hostcfg's own file first: after a cut in between no declared option is missing, and the next plan is the same.
  const own = [...texts].filter(([path]) => path === home.path);
  const users = [...texts].filter(([path]) => path !== home.path);
  return [...own, ...users].map(([path, content]): DraftStep => {
    const base = { ...about, path, ...expected(files.find((one) => one.path === path)) } as const;
    if (content === undefined)
      return { ...base, kind: "remove", title: "remove hostcfg's settings of GRUB: nothing is left in them" };
    const title =
      path === home.path
        ? `write hostcfg's own settings of GRUB${home.isDropIn ? "" : ` into ${path}`}`
        : `remove from ${path} the options that are declared absent or with another value`;
    return { ...base, kind: "writeFile", title, content };
  });
}

// --- What is to be known before ------------------------------------------------------------------------------

interface Outlook {
  readonly settings: Settings;
  readonly pin: string | undefined;
  readonly changes: boolean;
  readonly intact: boolean;
  /** The menu that update-grub will make. */
  readonly after: GrubMenu | undefined;
}

function diagnose(grub: Grub, { wish, kernels }: LoaderInput, outlook: Outlook): Diagnostic[] {
  const { settings, pin, changes, intact, after } = outlook;
  const wished = wish.release !== undefined || wish.options !== undefined;
  if (!wished && !changes) return [];
  return [
    ...faultProblems(settings.faults),
    ...(changes && !intact ? [problem("grub-drop-in-edited", ...edited(grub.home))] : []),
    ...(changes ? notReinstalled(grub) : []),
    ...overridden(settings, pin, wish, { changes, home: grub.home }),
    ...pinnedOnce(grub, settings, wish),
    ...(wish.release === undefined ? [] : notListed(wish.release, kernels, grub)),
    ...oneShot(grub, wish, kernels),
    ...notReached(grub, after, wish),
  ];
}
