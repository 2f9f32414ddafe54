import { posix } from "node:path";
import type { MarkedBoot } from "../../cmdline.ts";
import { essenceOf, markOf, markWith } from "../../cmdline.ts";
import { known } from "../../facts/fact.ts";
import type {
  Diagnostic,
  GrubEntryText,
  GrubMenuEntry,
  GrubMenuItem,
  HostState,
  MountFact,
} from "../../model/index.ts";
import { expectedCopy } from "../bls/copies.ts";
import type { DraftStep, LoaderInput, TrialInput, Tried } from "../loader.ts";
import { problem } from "../problem.ts";
import { run } from "../run.ts";
import { mebibytes } from "../space.ts";
import {
  CUT_FIRST,
  TRIAL_BEFORE,
  TRIAL_ONCE,
  UNPROVEN,
  UNTOLD,
  beforeChange,
  onceChange,
  onceTaken,
  refusedTrial,
} from "../trial.ts";
import { TRIAL_ID, WAY_BACK_FOLDER, WAY_BACK_ID } from "../way-back.ts";
import { writeText } from "../write-text.ts";
import { defaultEntry, nameIn } from "./default-entry.ts";
import type { DropIn } from "./drop-in.ts";
import type { Grub } from "./host.ts";
import { kernelCalled } from "./kernel-names.ts";
import { menuAfter } from "./menu-after.ts";
import { editedText, homeOf, withOwn } from "./own-settings.ts";
import type { Meanwhile } from "./passing-default.ts";
import { CUSTOM, ENVIRONMENT } from "./probe.ts";
import type { Settings } from "./settings.ts";
import { settingsOf, textIn, withFiles } from "./settings.ts";
import type { Owned } from "./wanted.ts";
import { ownedOf } from "./wanted.ts";
import { MENU_WRITTEN, makeMenu, menuProgram } from "./menu-program.ts";
import { inBlock, trialBlock, wayBackBlock } from "./way-back.ts";
import { toScript } from "./words.ts";

/**
 * GRUB takes `next_entry` out of its environment block before it starts what that names. So an entry of hostcfg's own in
 * custom.cfg is chosen by it, while a second one, of copies of what booted before, is the default by hostcfg's own settings.
 */
export function tryWithGrub(input: TrialInput): Tried {
  const { state, drafts, isChosen } = input;
  const refusal = refusalOf(state);
  if (refusal !== undefined) return refusal;
  const release = triedRelease(input);
  if (release === undefined) return refusedTrial(UNTOLD);
  return {
    opening: [],
    steps: drafts,
    closing: isChosen
      ? []
      : [
          run(
            "default",
            { does: "set-once", by: "grub-editenv", entry: TRIAL_ID },
            {
              title: `choose ${release} for the next boot only`,
              serves: [TRIAL_ONCE],
              // It may be made by this. What else stands in it stays as it is then, and only the choice is taken back.
              ...(choiceFile(state).isAlone ? { touches: [ENVIRONMENT] } : {}),
            },
          ),
        ],
    changes: isChosen ? [] : [onceChange(release)],
    diagnostics: [],
  };
}

/** By the entry that the plan writes into custom.cfg. */
function triedRelease({ ends }: TrialInput): string | undefined {
  const found = ends.map(({ bootLoader }) =>
    bootLoader.grub?.custom.menu?.items.find(({ id }) => id === TRIAL_ID),
  );
  const [first] = found;
  return first?.kind === "entry" ? nameIn(first) : undefined;
}

/** The host as if the trial's entry were not chosen for the next boot. */
export function unchosen(state: HostState): HostState | undefined {
  const { grub } = state.bootLoader;
  if (grub?.environment.known !== true || grub.environment.value["next_entry"] !== TRIAL_ID) return undefined;
  const { next_entry: _once, ...environment } = grub.environment.value;
  return {
    ...state,
    bootLoader: { ...state.bootLoader, grub: { ...grub, environment: known(environment) } },
  };
}

/** GRUB empties the variable, and does not take it out (save_env). It takes an empty one for none. */
export function leavesChoice({ bootLoader: { grub } }: HostState): boolean {
  return grub?.environment.known === true && grub.environment.value["next_entry"] === "";
}

export function choiceFile({ bootLoader: { grub } }: HostState): { path: string; isAlone: boolean } {
  const names = grub?.environment.known === true ? Object.keys(grub.environment.value) : undefined;
  return { path: ENVIRONMENT, isAlone: names?.every((name) => name === "next_entry") === true };
}

/** The host as if what booted before were not the default: what an apply plans for. */
export function withoutWayBack(state: HostState): HostState {
  const { grub } = state.bootLoader;
  if (grub?.settings.known !== true || !grub.menu.known) return state;
  const files = grub.settings.value;
  const home = homeOf(files, grub.generator);
  const owned = ownedOf(files, home);
  if (owned.meanwhile?.default !== WAY_BACK_ID) return state;
  const settings = withFiles(files, withOwn(files, home, { ...owned, meanwhile: undefined }));
  const chosen = settingsOf(settings).default;
  const menu = grub.menu.value;
  const isSaved = !chosen.known || chosen.value === "saved";
  return {
    ...state,
    bootLoader: {
      ...state.bootLoader,
      grub: {
        ...grub,
        settings: known(settings),
        menu:
          menu.default === WAY_BACK_ID
            ? known({ ...menu, default: isSaved ? undefined : chosen.value })
            : grub.menu,
      },
    },
  };
}

/** GRUB writes only to what it reads itself, block by block (GRUB manual, "Environment block"). */
const WRITTEN_BY_GRUB = ["ext2", "ext3", "ext4", "vfat", "xfs"];
const PLAIN_DISK = /^\/dev\/(?:[shv]d[a-z]|xvd[a-z]|nvme\d|mmcblk\d)/;

function refusalOf({ bootLoader, mounts }: HostState): Tried | undefined {
  const { environment } = bootLoader.grub ?? {};
  if (environment?.known === true && (environment.value["next_entry"] ?? "") !== "")
    return onceTaken(`next_entry of ${ENVIRONMENT} is ${environment.value["next_entry"] ?? ""}`);
  const mount = mounts.known ? holding(mounts.value) : undefined;
  const why =
    mount === undefined
      ? "the file system that holds it is unknown"
      : !WRITTEN_BY_GRUB.includes(mount.type)
        ? `it lies on ${mount.type}`
        : PLAIN_DISK.test(mount.source)
          ? undefined
          : `it lies on ${mount.source}, which may be a volume or an array`;
  if (why === undefined) return undefined;
  return refusedTrial(
    `GRUB cannot be relied on to forget the choice for one boot, which stands in ${ENVIRONMENT}: ${why}; once would become always`,
    "sudo hostcfg apply SPEC, with a live USB stick at hand",
  );
}

function holding(mounts: readonly MountFact[]): MountFact | undefined {
  return mounts
    .filter(({ mountPoint }) => ENVIRONMENT.startsWith(mountPoint === "/" ? "/" : `${mountPoint}/`))
    .toSorted((a, b) => a.mountPoint.length - b.mountPoint.length)
    .at(-1);
}

interface Held extends Meanwhile {
  /** hostcfg's own settings, with what booted before as the default; absent where it is refused. */
  readonly own?: DropIn;
}

/**
 * What a plan that is tried does first: copies of what booted, their entry and the one that is tried in custom.cfg, and
 * the default by hostcfg's own settings, of which a menu is made at once.
 *
 * @param real GRUB as it is; @param wanted The settings as they will be once the trial is kept.
 */
export function holdBefore(
  real: Grub,
  { state, kernels, trial: only }: LoaderInput,
  { wanted, own }: { readonly wanted: Settings; readonly own: DropIn },
): Held {
  const nothing = { isHeld: true, opening: [], grub: real, changes: [], diagnostics: [] };
  const refused = (...why: Parameters<typeof refusedTrial>): Held => ({
    ...nothing,
    diagnostics: refusedTrial(...why).diagnostics,
  });
  const { grub } = state.bootLoader;
  const { home } = real;
  const owned = ownedOf(real.files, home);
  const held: DropIn = { ...own, meanwhile: { default: WAY_BACK_ID } };
  const text = grub?.custom.file?.text ?? "";
  if (isInPlace(real, owned, grub?.custom.menu?.items ?? [])) return { ...nothing, own: held };
  if (owned.meanwhile !== undefined && owned.meanwhile.default !== WAY_BACK_ID) return refused(...CUT_FIRST);
  if (!owned.intact) return refused(editedText(home));
  if (grub?.booted.known !== true) return refused(...UNPROVEN);
  if (!grub.custom.sourced)
    return refused(`GRUB's menu does not read ${CUSTOM}, or it is not hostcfg's to write`);
  const booted = grub.booted.value;
  const now = defaultEntry(real.menu, real.environment);
  const { cmdline } = state.running;
  const isProven =
    now?.known === true &&
    nameIn(now.value.entry) === booted.release &&
    cmdline.known &&
    essenceOf(now.value.entry.options.join(" ")) === essenceOf(cmdline.value);
  if (!isProven) return refused(...UNPROVEN);
  const after = menuAfter(real, { state, kernels }, wanted);
  const next = after === undefined ? undefined : defaultEntry(after, {});
  const entry = next?.known === true ? next.value.entry : undefined;
  const kernel = kernelCalled(kernels, booted.release);
  const before = entry === undefined ? undefined : rewritten(booted, COPIED, only?.before ?? [], "before");
  const tried = entry === undefined ? undefined : rewritten(booted, named(entry), only?.trial ?? [], "trial");
  if (
    before === undefined ||
    tried === undefined ||
    kernel?.image === undefined ||
    kernel.initrd === undefined
  )
    return refused(
      "the entry of this boot, or the one that would boot then, is not of a kind that can be copied",
    );
  const copies = [kernel.image, kernel.initrd].map(
    ({ path, size }): DraftStep & { readonly size: number } => {
      const to = posix.join(WAY_BACK_FOLDER, posix.basename(path));
      return {
        stage: "way-back",
        kind: "copyFile",
        title: `copy ${path} aside`,
        serves: [TRIAL_BEFORE],
        path: to,
        from: path,
        size,
        expect: expectedCopy(grub.copies ?? [], to),
      };
    },
  );
  const bytes = copies.reduce((sum, { size }) => sum + size, 0);
  const content = inBlock(inBlock(text, wayBackBlock(before)), trialBlock(tried));
  const files = withFiles(
    real.files,
    withOwn(real.files, home, { ...owned, meanwhile: { default: WAY_BACK_ID } }),
  );
  const serves = [TRIAL_BEFORE];
  return {
    ...nothing,
    own: held,
    opening: [
      ...copies,
      writeText(
        {
          stage: "way-back",
          title: "write the entries of before and of the trial",
          serves,
          path: grub.custom.file?.path ?? CUSTOM,
          content,
        },
        grub.custom.file,
      ),
      writeText(
        {
          stage: "way-back",
          title: "make what boots now the default of the next menu",
          serves,
          path: home.path,
          content: textIn(files, home.path) ?? "",
        },
        real.files.find(({ path }) => path === home.path),
      ),
      run("way-back", makeMenu(real.generator), {
        title: `let ${menuProgram(makeMenu(real.generator))} make what boots now the default`,
        serves,
        ...MENU_WRITTEN,
      }),
    ],
    grub: { ...real, files, settings: settingsOf(files) },
    changes: [beforeChange(booted.release)],
    diagnostics: spaceFor(state, bytes),
  };
}

function isInPlace(real: Grub, owned: Owned, custom: readonly GrubMenuItem[]): boolean {
  return (
    owned.meanwhile?.default === WAY_BACK_ID &&
    real.generated.default === WAY_BACK_ID &&
    custom.some(
      (one) => one.kind === "entry" && one.id === WAY_BACK_ID && markOf(one.options.join(" ")) === "before",
    )
  );
}

function spaceFor({ free }: HostState, bytes: number): Diagnostic[] {
  if (!free.boot.known || bytes <= free.boot.value) return [];
  return [
    problem(
      "boot-space",
      `/boot has ${mebibytes(free.boot.value)} free; the copies of what boots now need ${mebibytes(bytes)}`,
      "remove a kernel that is not needed any more",
    ),
  ];
}

/** What a copy of an entry starts in the place of its own. */
interface Starts {
  /** From the path that the entry has. */
  readonly linux: (path: string) => string;
  readonly initrd: (path: string) => string;
  /** The line, where it is another one. */
  readonly options?: readonly string[];
}

const COPIED: Starts = { linux: aside, initrd: aside };

function aside(path: string): string {
  return posix.join(posix.dirname(path), posix.relative("/boot", WAY_BACK_FOLDER), posix.basename(path));
}

function named({ linux = "", initrd = "", options }: GrubMenuEntry): Starts {
  return { linux: () => linux, initrd: () => initrd, options };
}

const LINUX = /^(\s*linux(?:16|efi)?\s+)(\S+)(.*)$/;
/** Microcode stands before the kernel's own. */
const INITRD = /^(\s*initrd(?:16|efi)?\s+(?:\S+\s+)*)(\S+)\s*$/;

/** Undefined where it has no such lines, or several of them. */
function rewritten(
  { title, attributes, body }: GrubEntryText,
  starts: Starts,
  only: readonly string[],
  boot: MarkedBoot,
): Pick<GrubEntryText, "title" | "attributes" | "body"> | undefined {
  const words = starts.options?.map(toScript);
  if (words?.includes(undefined) === true) return undefined;
  let [kernels, initrds] = [0, 0];
  const lines = body.split("\n").flatMap((line) => {
    const [, head = "", path = "", rest = ""] = LINUX.exec(line) ?? [];
    if (path !== "") {
      kernels += 1;
      const options = words === undefined ? rest.trim() : words.join(" ");
      return [`${head}${starts.linux(path)} ${options} ${markWith(boot, only)}`];
    }
    const [, its = "", file = ""] = INITRD.exec(line) ?? [];
    if (file !== "") {
      initrds += 1;
      return [`${its}${starts.initrd(file)}`];
    }
    // Each would be saved as the default, or tells of another kernel.
    return /^\s*(?:savedefault|echo)\b/.test(line) ? [] : [line];
  });
  return kernels === 1 && initrds === 1 ? { title, attributes, body: lines.join("\n") } : undefined;
}
