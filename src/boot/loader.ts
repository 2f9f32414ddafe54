import type { MarkedBoot } from "../cmdline.ts";
import type {
  Action,
  AfterUpgrade,
  BootLoaderName,
  Change,
  Diagnostic,
  EspFacts,
  EspLoader,
  ExecStep,
  Fact,
  HostState,
  KernelFact,
  LoaderDefault,
  LoaderEntry,
  NextBoot,
  PackageRef,
  PinnedCopy,
  PutAside,
  Step,
  TextFile,
  Unchanged,
} from "../model/index.ts";
import type { WayBack, WayBackNote } from "./bls/way-back-entry.ts";
import type { Menu } from "./menu.ts";
import type { DeclaredOptions } from "./options.ts";

/** What the concerns want of the boot loader; they never write its files themselves. */
export interface BootWish {
  readonly release?: string;
  readonly options?: DeclaredOptions;
  /** No release is declared: one that hostcfg has pinned is given back, where the loader shows that it is hostcfg's pin. */
  readonly unpin?: true;
}

/** When in an apply a step runs: all steps of a stage before any of the next. */
export const STAGES = [
  /** What boots now, put aside where the plan's own tools would overwrite it in place. */
  "way-back",
  /** What initrds are built from: the hooks of packages build them, too. */
  "sources",
  "packages",
  "hold",
  "links",
  /** Initrds that are missing or stale. */
  "initrd",
  /** The record of the options that hostcfg adds, before they are added. */
  "record",
  /** Kernels and initrds under new names; nothing names them yet. */
  "copies",
  /** What generates entries: option lists, drop-ins. */
  "options",
  /** The loader's own tool, once, after all that it reads. */
  "loader",
  /** Entries under new names; they are not the default yet. */
  "entries",
  /** The one write that changes what boots next. */
  "default",
  /** What nothing names any more. */
  "cleanup",
] as const;

/** `Omit` over each member of the union. */
type WithoutId<S> = S extends unknown ? Omit<S, "id"> : never;
/** A step that has no number yet. */
export type UnnumberedStep = WithoutId<Step>;
export type DraftStep = UnnumberedStep & { readonly stage: (typeof STAGES)[number] };

export interface LoaderInput {
  readonly state: HostState;
  /** Where the plan is tried: options that only its two boots get. */
  readonly trial?: TrialInput["only"] | undefined;
  readonly wish: BootWish;
  /** The kernels as they will be once the packages are installed. */
  readonly kernels: readonly KernelFact[];
  /** The plan installs packages, so the hooks of kernel packages run first. */
  readonly packagesRun: boolean;
  /** They; absent where there are none. */
  readonly installing?: readonly PackageRef[];
  /** The plan installs packages or makes an initrd, so the hooks of initramfs-tools run first. */
  readonly hooksRun: boolean;
  /** The release whose initrd the plan makes again, before the loader's first step. */
  readonly rebuilt?: string | undefined;
  /** What an earlier apply left when it was cut; `state` then is the host as if the stand-in were not the default. */
  readonly cut?: Cut | undefined;
}

/** What an earlier apply left when it was cut while the stand-in was the default. */
export interface Cut {
  /** The host as if the default had been given back. */
  readonly state: HostState;
  /** The default that is to be given back; undefined where none was named. */
  readonly former: string | undefined;
  /** What the stand-in starts. */
  readonly release: Fact<string>;
  readonly change: Change;
  /** The release whose files may be half written. */
  readonly rewritten?: string;
}

export interface LoaderPlan {
  /** What the next kernel upgrade does to what boots next after this plan. */
  readonly afterUpgrade: (after: Fact<NextBoot>) => Fact<AfterUpgrade>;
  readonly changes: readonly Change[];
  readonly unchanged: readonly Unchanged[];
  readonly steps: readonly DraftStep[];
  readonly diagnostics: readonly Diagnostic[];
  /** What the loader's own hooks rewrite while packages are installed: those steps keep and flush it as well. */
  readonly hooks?: Pick<ExecStep, "touches" | "flushes">;
  /** What these steps and hooks take of the partition that the loader's tool writes to; absent where that is nothing. */
  readonly bytes?: number;
}

/** A host whose loader's own tool overwrites in place what boots, and what a copy needs to stand in for that meanwhile. */
export interface StandIn {
  /** As in "TOOL overwrites in place". */
  readonly tool: string;
  /** The entry that boots meanwhile. */
  readonly standInEntry: WayBack;
  readonly setting: LoaderDefault;
  readonly entries: readonly LoaderEntry[];
  /** Among them loader.conf and the stand-in's entry, where these are there. */
  readonly files: readonly TextFile[];
  /** Among them those of the stand-in. */
  readonly copies: readonly PinnedCopy[];
  /** Holds loader.conf. */
  readonly esp: EspFacts;
  /** Takes the stand-in's entry and its copies. */
  readonly home: EspFacts;
  /** The one entry that boots next, where it can be told and where a default decides it. */
  readonly chosen: LoaderEntry | undefined;
  /** Whether the tool fills this entry's files with whichever kernel it chooses; absent where files are of one release. */
  takesAnyKernel?(entry: LoaderEntry): boolean;
  /** Whether the action writes in place what this entry starts, itself or by hooks, and for which release. */
  writesInPlace(action: Action, entry: LoaderEntry): Rewritten | undefined;
  /** Whether the action brings a kernel that would boot in this entry's place, with or without an initrd; absent where none can. */
  overtakes?(action: Action, entry: LoaderEntry): boolean;
  /**
   * Where the action takes away what this entry starts, with its modules: the entry of another kernel with its text, which comes
   * up all the same, or "none"; absent where no action does.
   */
  instead?(action: Action, entry: LoaderEntry): Instead | "none" | undefined;
  /** The default that is given back after a cut. */
  formerDefault(note: WayBackNote | undefined): string | undefined;
  /** The host with this default in the place of its own. */
  withSetting(setting: LoaderDefault): HostState;
  /** Said where no copy can stand in for what boots next, which is not {@link chosen} then. */
  unprotected?(steps: readonly UnnumberedStep[]): readonly Diagnostic[];
  /** Has the tool run by itself for a release, for its hooks hide its failures; absent where they do not. */
  runByItself?(release: string, serves: readonly string[]): Omit<ExecStep, "id">;
  /** Whether what the tool writes for this release is anything but whole; absent where that is not told by a release. */
  isHalfWritten?(release: string): boolean;
}

export interface Instead {
  readonly entry: LoaderEntry;
  readonly text: string;
}

/** The same where the loader's tool has ESPs that nobody mounts, and sets the default of each when it is done with it. */
export interface EspStandIn {
  /** What starts them. */
  readonly on: EspLoader;
  readonly uuids: readonly string[];
  /** Nothing was put aside before, or not on each. */
  readonly isNew: boolean;
  /** Some ESP has a part of what was put aside. */
  readonly isLeft: boolean;
  /** Where what was put aside is the default: an apply was cut before a refresh. */
  readonly boots: "everywhere" | "somewhere" | "nowhere";
  /** An EFI variable has what was put aside boot, whatever a refresh does: a trial is pending. */
  readonly isHeld: boolean;
  /** What stands in; absent where nothing can. */
  readonly aside?: {
    /** For people. */
    readonly what: string;
    readonly copy?: PutAside["copy"] | undefined;
    /** The room that the copies take. */
    readonly bytes: readonly Room[];
  };
  /** Why nothing can, where a person may change that. */
  readonly unprotected?: Diagnostic;
  /** What a refresh writes beside the ESPs. */
  readonly written: Pick<ExecStep, "touches" | "flushes">;
  /** Whether the action has the tool write to its ESPs. */
  refreshes(action: Action): boolean;
}

/**
 * Steps with what has a stand-in boot while they write in place what boots: it becomes the default first, and loses that
 * again by the one write that comes after everything else. A cut at any moment then leaves either the old configuration or
 * the new one to boot, which the tools alone do not: kernelstub truncates the kernel that boots, then fills it again, and
 * kernel-install removes it and copies it again.
 */
export interface Protected<S> {
  /** Empty where nothing has to stand in, or nothing can. */
  readonly opening: readonly DraftStep[];
  /** They find loader.conf as the opening leaves it. */
  readonly steps: readonly S[];
  /** Gives the default back; empty where one of the steps sets it. */
  readonly closing: readonly DraftStep[];
  readonly changes: readonly Change[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface Room {
  readonly where: string;
  readonly free: Fact<number>;
  readonly bytes: number;
}

export interface Rewritten {
  /** Where the tool names its files by it. */
  readonly release?: string;
}

/** What a loader is asked for a plan that is to be tried once. */
export interface TrialInput {
  /** The host as if the trial were not chosen for the next boot. */
  readonly state: HostState;
  /** The plan as an apply has it, the loader's own steps among them. */
  readonly drafts: readonly DraftStep[];
  /** The states that it may lead to. */
  readonly ends: readonly HostState[];
  readonly cut: Cut | undefined;
  /** The trial's entry is chosen for the next boot already. */
  readonly isChosen: boolean;
  /** What the plan itself takes of the partition that the loader's tool writes to. */
  readonly bytes: number;
  /** Options of the boot that is tried, and of what booted before, that nothing else gets. */
  readonly only: Readonly<Record<MarkedBoot, readonly string[]>>;
}

/** The same plan, of which what booted before stays the default. */
export interface Tried {
  readonly opening: readonly DraftStep[];
  /** Without those that move the default, or take away what booted before. */
  readonly steps: readonly DraftStep[];
  /** The entry that boots once, and its choice. */
  readonly closing: readonly DraftStep[];
  readonly changes: readonly Change[];
  readonly diagnostics: readonly Diagnostic[];
}

/** How a loader boots a configuration once; why hostcfg cannot have it do so, one clause, where it cannot. */
export type Trying =
  | {
      tryOnce(input: TrialInput): Tried;
      /** The host as if the trial were not chosen; undefined where it is not. */
      unchosen(state: HostState): HostState | undefined;
      /** Whether the choice is not in each of the places that it has to be in; absent where there is only one. */
      isHalfChosen?(state: HostState): boolean;
      /** Whether the loader has left a part of the choice that it forgot; absent where it leaves none. */
      leavesChoice?(state: HostState): boolean;
      /** The file that a choice stands in, which the loader writes as well, and whether nothing else is in it; absent where it is none. */
      choiceFile?(state: HostState): { readonly path: string; readonly isAlone: boolean };
    }
  | { readonly why: string };

/** One boot loader that hostcfg can drive. Pure: the facts were read before. */
export interface BootLoader {
  readonly name: BootLoaderName;
  /**
   * What it shows and starts. Nothing else says what boots next, now or after a plan.
   *
   * @param preferred Of kernels with equal files, the one that is meant.
   */
  menu(state: HostState, preferred?: string): Fact<Menu>;
  /** What is to be known of the host under this loader, whatever is declared; absent where the menu says all. */
  findings?(state: HostState): readonly Diagnostic[];
  /** Where what is pinned does not count any more, for a package's update took it off without a word: what is there, and the remedy. */
  pinLost?(state: HostState): string | undefined;
  /** What to do about a line without `root=`, and whether the host needs one; absent where the loader's tool writes it. */
  readonly root?: { readonly remedy: string; readonly needed: boolean };
  /**
   * What {@link protect} (protect.ts) needs where the loader's tool overwrites in place what boots; undefined where no tool
   * does. It gives undefined where the loader cannot be driven.
   */
  readonly standIn: ((state: HostState) => StandIn | EspStandIn | undefined) | undefined;
  /** How it boots a plan once, and then again what booted before. */
  readonly trial: Trying;
  /** Whether what boots next is chosen by this file, or made from it, of those that plans write. */
  decides(path: string): boolean;
  plan(input: LoaderInput): LoaderPlan;
}
