import type {
  AfterUpgrade,
  BootLoaderName,
  Change,
  Diagnostic,
  ExecStep,
  Fact,
  HostState,
  KernelFact,
  NextBoot,
  PackageRef,
  Step,
  Unchanged,
} from "../model/index.ts";
import type { Menu } from "./menu.ts";
import type { DeclaredOptions } from "./options.ts";

/** What the concerns want of the boot loader; they never write its files themselves. */
export interface BootWish {
  readonly release?: string;
  readonly options?: DeclaredOptions;
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
  readonly wish: BootWish;
  /** The kernels as they will be once the packages are installed. */
  readonly kernels: readonly KernelFact[];
  /** The plan installs packages, so the hooks of kernel packages run first. */
  readonly packagesRun: boolean;
  /** They; absent where there are none. */
  readonly installing?: readonly PackageRef[];
  /** The plan installs packages or makes an initrd, so the hooks of initramfs-tools run first. */
  readonly hooksRun: boolean;
  /** The release whose initrd the plan makes anew, before the loader's first step. */
  readonly rebuilt?: string;
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
}

/** One boot loader that hostcfg can drive. Pure: the facts were read before. */
export interface BootLoader {
  readonly name: BootLoaderName;
  /**
   * What it shows and starts. Nothing else says what boots next, now or after a plan.
   *
   * @param preferred Of kernels with equal files, the one that is meant.
   */
  menu(state: HostState, preferred?: string): Fact<Menu>;
  /** What to do about a line without `root=`, and whether the host needs one; absent where the loader's tool writes it. */
  readonly root?: { readonly remedy: string; readonly needed: boolean };
  plan(input: LoaderInput): LoaderPlan;
}
