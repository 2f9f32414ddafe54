import type { Action } from "./action.ts";
import type { AfterUpgrade, BootLoaderName, NextBoot } from "./boot.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Fact } from "./fact.ts";
import type { AcsPatch } from "./kernel.ts";

/** Why: one difference between the spec and the host. */
export interface Change {
  /** Where in the spec's terms, e.g. `kernelOptions.pcie_acs_override`; unique in a plan. */
  readonly address: string;
  readonly action: "create" | "update" | "delete";
  readonly before: string | null;
  readonly after: string | null;
  /** Explains; decides nothing. */
  readonly reason: string;
  /** When the change is felt: files and packages at once, what boots only at the next boot. */
  readonly effect: "now" | "next-boot";
}

/** Something the spec asks for that the host already has, with the reason why there is nothing to do. */
export interface Unchanged {
  readonly address: string;
  readonly reason: string;
}

/** What stands at a path: what the planner saw there, or what an apply left. */
export type Fingerprint =
  | { readonly kind: "absent" }
  | { readonly kind: "symlink"; readonly target: string }
  | {
      readonly kind: "file";
      readonly sha256: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

/** What applies have set at an address, by their records. */
export interface SetEarlier {
  readonly address: string;
  /** What stood there before the first of them; null where nothing did. */
  readonly before: string | null;
  /** What the last one left. */
  readonly after: string;
  /** The last one, by its number. */
  readonly apply: string;
}

/** Something that hostcfg set, and that the spec no longer declares. */
export interface NoLongerDeclared {
  readonly address: string;
  /** `given-back`: it goes, or what was there before comes back. */
  readonly outcome: "given-back" | "kept";
  readonly reason: string;
}

/** How: one act of the applier. A closed union. A path may have two steps, as loader.conf around a default that stands in. */
export type Step = WriteFileStep | RestoreStep | SymlinkStep | CopyFileStep | RemoveStep | ExecStep;

interface StepBase {
  /** Counts from 1 in the order of execution. */
  readonly id: number;
  /** One line for a person, in the imperative. */
  readonly title: string;
  /** The changes that are not done before this step is. */
  readonly serves: readonly string[];
}

/** Replaces a whole text file, keeping mode and owner; a new file gets owner root and mode 0644. */
export interface WriteFileStep extends StepBase {
  readonly kind: "writeFile";
  readonly path: string;
  /** The file itself, where the path is a link to it: this is what is replaced, and `expect` is of it. */
  readonly at?: string;
  readonly content: string;
  /** The mode, where it is another one than above: a hook must be executable. */
  readonly mode?: number;
  /** The present text, for the diff; absent when the file is new. */
  readonly before?: string | undefined;
  readonly expect: Fingerprint;
}

/** Puts a file of an undone apply back as it was: its bytes, which need not be text, with mode and owner. */
export interface RestoreStep extends StepBase {
  readonly kind: "restore";
  readonly path: string;
  /** As of {@link WriteFileStep}. */
  readonly at?: string;
  readonly base64: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** The present text, for the diff; absent when there is no file, or no text. */
  readonly before?: string | undefined;
  readonly expect: Fingerprint;
}

export interface SymlinkStep extends StepBase {
  readonly kind: "symlink";
  readonly path: string;
  /** As it will be written in the link. */
  readonly target: string;
  readonly expect: Fingerprint;
}

/**
 * Copies a file of the host to another path of it, e.g. a kernel to the ESP, atomically as the other writes. The copy
 * is read back and must have the digest of what was read.
 */
export interface CopyFileStep extends StepBase {
  readonly kind: "copyFile";
  /** Path of the copy. */
  readonly path: string;
  readonly from: string;
  /** Digest of `from`; absent when an earlier step of the plan makes that file. */
  readonly sha256?: string | undefined;
  /** Bytes, the planner's estimate where an earlier step makes the file. */
  readonly size: number;
  readonly expect: Fingerprint;
}

/** Removes a file or link that hostcfg made and nothing names any more. */
export interface RemoveStep extends StepBase {
  readonly kind: "remove";
  readonly path: string;
  /** Folders that hostcfg made for it, the deepest first: they go as well where nothing is in them any more. */
  readonly folders?: readonly string[];
  /** The present text where it is a text file, for the diff. */
  readonly before?: string | undefined;
  readonly expect: Fingerprint;
}

/**
 * Runs a package tool or a regenerator. Exit codes of these tools lie, so what the step serves is probed again
 * afterwards: a change that it was the last to serve must be gone.
 */
export interface ExecStep extends StepBase {
  readonly kind: "exec";
  readonly action: Action;
  /** The command line that was made from the action. Program and arguments; never a shell string. Paths are inside the host's root. */
  readonly argv: readonly string[];
  /** Files of the machine that runs hostcfg that the command reads, at the paths that argv names. */
  readonly inputs: readonly { readonly path: string; readonly sha256: string }[];
  /** Files that the command is known to rewrite: the journal keeps their pre-images, of large ones the digest. */
  readonly touches: readonly string[];
  /**
   * Folders whose files the command writes. None of these tools is trusted to have them on the disk: they are
   * flushed before the step counts as done, for the next boot may depend on them.
   */
  readonly flushes: readonly string[];
  readonly timeoutSeconds: number;
}

/** A property of the host that no step can bring about directly. It is never "applied". */
export interface Requirement {
  readonly address: string;
  readonly status: "satisfied" | "predicted" | "unsatisfied" | "unknown";
  readonly reason: string;
  /** What would satisfy it, in the imperative, where something is known. */
  readonly remedy?: string | undefined;
  /** The verdict by this boot, where the next one is another boot and is what was judged. */
  readonly thisBoot?: Pick<Requirement, "status" | "reason" | "offenders">;
  /** Addresses of the PCI devices that stand in the way. */
  readonly offenders: readonly string[];
}

/** By the name of the command. */
export type Task = "enable-verify" | "disable-verify";

/** A plan that boots once, and is kept or taken back after that boot. */
export interface Trial {
  /** Who decides: `verify` of the trial's boot, or a person who types `hostcfg keep`. */
  readonly decides: "verification" | "person";
  /** After so many seconds of the trial's boot without a decision the host reboots into what booted before. */
  readonly seconds: number;
  /** boot_id of the boot in which it was made. */
  readonly boot: string;
  /** hostcfg reboots the host once the plan is carried out. */
  readonly reboot: boolean;
  /** A watchdog of this host resets it where the trial's boot hangs once systemd runs. */
  readonly watchdog: boolean;
}

/** What a saved plan is, and what `plan --json` prints: schemas/plan-v1.json. */
export interface Plan {
  readonly formatVersion: "1.0";
  readonly hostcfgVersion: string;
  readonly spec: {
    readonly path: string;
    /** Of the bytes of the file, lower-case hex. */
    readonly sha256: string;
    /** The spec itself, as it was read. */
    readonly document: object;
    /** The file itself: a saved plan is made again from it, and must come out the same, before it is applied. */
    readonly text?: string | undefined;
    /** The base file that the spec includes: a part of the spec, under the same promise. */
    readonly include?:
      { readonly path: string; readonly sha256: string; readonly text?: string | undefined } | undefined;
  };
  /** The apply that this plan takes back, by its number in the journal; such a plan is not made from a spec. */
  readonly undoes?: string | undefined;
  /**
   * Set where the plan does not bring about what a spec declares, but sets hostcfg itself up for it; an undo of such a
   * plan has it too. `spec` is the one that is verified; of `disable-verify` only its path counts.
   */
  readonly task?: Task | undefined;
  /** The plan takes hostcfg off this host: nothing is declared, and `spec` says just that. */
  readonly leaves?: true | undefined;
  /** The plan is tried: what booted before stays the default. */
  readonly trial?: Trial | undefined;
  /** The trial that this plan keeps, by its number in the journal. */
  readonly keeps?: string | undefined;
  readonly host: {
    readonly hostname: Fact<string>;
    /** Made from its /etc/machine-id. */
    readonly machine?: Fact<string>;
    /** Of its root file system. */
    readonly rootUuid?: Fact<string>;
    /** The folder that holds its root, where that is another one than this machine's. */
    readonly root?: string | undefined;
    readonly os: Fact<string>;
    readonly runningRelease: Fact<string>;
    readonly bootLoader: Fact<BootLoaderName>;
    readonly evidence: readonly string[];
  };
  readonly nextBoot: {
    readonly before: Fact<NextBoot>;
    readonly after: Fact<NextBoot>;
    /** What the next kernel upgrade does to `after`. */
    readonly afterUpgrade: Fact<AfterUpgrade>;
  };
  readonly changes: readonly Change[];
  readonly unchanged: readonly Unchanged[];
  /** Absent where there is nothing of that kind. */
  readonly noLongerDeclared?: readonly NoLongerDeclared[] | undefined;
  readonly steps: readonly Step[];
  readonly requirements: readonly Requirement[];
  /** Whether the kernel that boots next reads `pcie_acs_override`; only where the spec declares it. */
  readonly acsOverride?: AcsPatch | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** No errors: apply may carry it out. */
  readonly applyable: boolean;
  /** Applying it leaves nothing that the spec asks for undone or unknown. */
  readonly complete: boolean;
  /** After the plan, what is staged differs from what is live. */
  readonly rebootNeeded: boolean;
}
