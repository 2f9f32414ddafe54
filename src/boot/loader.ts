import type {
  BootLoaderName,
  Change,
  Diagnostic,
  ExecStep,
  Fact,
  HostState,
  KernelFact,
  NextBoot,
  Step,
  Unchanged,
} from "../model.ts";
import type { DeclaredOptions } from "./options.ts";

/** What the concerns want of the boot loader; they never write its files themselves. */
export interface BootWish {
  readonly release?: string;
  readonly options?: DeclaredOptions;
}

/** When in an apply a step runs: all steps of a stage before any of the next. */
export const STAGES = ["packages", "hold", "links", "options", "loader"] as const;

/** `Omit` over each member of the union. */
type WithoutId<S> = S extends unknown ? Omit<S, "id"> : never;
export type DraftStep = WithoutId<Step> & { readonly stage: (typeof STAGES)[number] };

export interface LoaderInput {
  readonly state: HostState;
  readonly wish: BootWish;
  /** The kernels as they will be once the packages are installed. */
  readonly kernels: readonly KernelFact[];
  /** The plan installs packages, so the kernel hooks of the loader run first. */
  readonly packagesChange: boolean;
}

export interface LoaderPlan {
  readonly nextBoot: { readonly before: Fact<NextBoot>; readonly after: Fact<NextBoot> };
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
  plan(input: LoaderInput): LoaderPlan;
}
