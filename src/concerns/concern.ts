import type { BootWish, DraftStep } from "../boot/loader.ts";
import type {
  Change,
  DebFact,
  DeviceLockFile,
  Diagnostic,
  HostState,
  KernelFact,
  Requirement,
  Unchanged,
} from "../model/index.ts";
import type { Outlook } from "./outlook.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";

/** All that a concern decides from: the spec, and what was probed. */
export interface ConcernInput {
  readonly spec: HostSpec;
  readonly state: HostState;
  /** The .deb files that the spec names, in its order. */
  readonly debs: readonly DebFact[];
  /** The kernels as they will be once the packages are installed (see ./packages.ts). */
  readonly kernels: readonly KernelFact[];
  /** Names of the packages that the plan installs. */
  readonly installing: readonly string[];
  /** Absent where there is none beside the spec. */
  readonly lock?: DeviceLockFile | undefined;
}

/** What one concern has to say; a part that is empty is left out. */
export interface ConcernResult {
  readonly changes?: readonly Change[];
  readonly unchanged?: readonly Unchanged[];
  readonly steps?: readonly DraftStep[];
  readonly requirements?: readonly Requirement[];
  readonly diagnostics?: readonly Diagnostic[];
  /** Handed to the boot loader, which alone writes its files. */
  readonly wish?: BootWish;
  /** The initrd must be made again. */
  readonly initrd?: InitrdNeed;
}

/** Why a concern needs a new initrd, and the changes that are not done before it is made. */
export interface InitrdNeed {
  readonly why: string;
  readonly serves: readonly string[];
}

/** Compares one part of the spec with the state. Pure: it reads nothing and writes nothing. */
export type Concern = (input: ConcernInput) => ConcernResult;

/** One that can only judge once it is known what boots next; it has no wishes and no steps. */
export type LateConcern = (
  input: ConcernInput & { readonly outlook: Outlook },
) => Pick<ConcernResult, "requirements" | "diagnostics">;
