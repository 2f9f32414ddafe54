/**
 * The vocabulary: every noun that the parts of hostcfg hand to each other, as plain JSON.
 *
 * Read this file first. It decides nothing, and imports only its own parts, which stand in ./model/. Whatever takes effect at boot has up to
 * four states, and the names below never mix them up:
 *
 * - *declared*: what the spec says;
 * - *configured*: what the files say that generate boot entries (for kernelstub, its configuration);
 * - *staged*: what the next boot will use (the loader's entries and the images they name);
 * - *live*: what this boot uses (`/proc/cmdline`, `uname -r`, the present IOMMU groups).
 *
 * `plan` compares declared with configured and staged; `verify` compares declared with live.
 */

import type { Action } from "./model/action.ts";
import type { TextFile } from "./model/bls.ts";
import type { GrubFacts } from "./model/grub.ts";
import type { HostDevices } from "./model/host-devices.ts";
import type { KernelstubFacts } from "./model/kernelstub.ts";
import type { PciDevice } from "./model/pci.ts";
import type { ProxmoxFacts } from "./model/proxmox.ts";
import type { SystemdBootFacts } from "./model/systemd-boot.ts";
import type { VfioFacts } from "./model/vfio.ts";

export type * from "./model/action.ts";
export type * from "./model/bls.ts";
export type * from "./model/bootability.ts";
export type * from "./model/grub.ts";
export type * from "./model/grouping.ts";
export type * from "./model/kernelstub.ts";
export type * from "./model/pci.ts";
export type * from "./model/host-devices.ts";
export type * from "./model/lock.ts";
export type * from "./model/proxmox.ts";
export type * from "./model/systemd-boot.ts";
export type * from "./model/verification-record.ts";
export type * from "./model/vfio.ts";

/** A fact that cannot be had says why. What follows from it is unknown: never null, never guessed. */
export type Fact<T> = Known<T> | Unknown;
export interface Known<T> {
  readonly known: true;
  readonly value: T;
}
export interface Unknown {
  readonly known: false;
  /** One clause for a person, e.g. "reading /boot/efi/loader/loader.conf needs root". */
  readonly why: string;
}

// --- Diagnostics ---------------------------------------------------------------------------------------------

/** A way into the spec document: property names and list indexes, e.g. `["kernelOptions", "present", 0]`. */
export type SpecPath = readonly (string | number)[];

/** Lines and columns count from 1, columns in UTF-16 code units; `end` is exclusive. */
export interface SourceRange {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The whole source line at `line`, without its line break, for the squiggle. */
  readonly text: string;
}

export interface Diagnostic {
  /** An error makes a plan not applyable (or the command fail); a warning never does. */
  readonly severity: "error" | "warning";
  /** Stable, documented in the README; kebab-case, e.g. `unknown-key`. */
  readonly code: string;
  /** One sentence: what is wrong. */
  readonly summary: string;
  readonly detail?: string;
  /** What to do about it; a command line where there is one. */
  readonly hint?: string;
  readonly specPath?: SpecPath;
  readonly source?: SourceRange;
  readonly address?: string;
}

// --- Facts: the probed state of a host -----------------------------------------------------------------------

export interface HostState {
  readonly identity: Identity;
  readonly running: Running;
  readonly packages: Fact<readonly PackageFact[]>;
  readonly kernels: Fact<readonly KernelFact[]>;
  readonly initramfs: InitramfsFacts;
  /** Bytes that root may still write in /boot. */
  readonly bootFreeBytes: Fact<number>;
  readonly bootPaths: readonly BootPathFact[];
  readonly mounts: Fact<readonly MountFact[]>;
  /** File system UUID of `/`, as `findmnt` gives it (what kernelstub asks), else from /etc/fstab. */
  readonly rootUuid: Fact<string>;
  readonly bootLoader: BootLoaderFacts;
  /** The kernel options that hostcfg has added, by its own record. */
  readonly addedOptions: Fact<AddedOptions>;
  readonly pci: Fact<readonly PciDevice[]>;
  readonly iommu: IommuFacts;
  /** Only where the spec declares `vfio`. */
  readonly vfio?: VfioFacts;
  readonly hostDevices: HostDevices;
  /** Only looked at where the spec declares `pcie_acs_override`: unpacking a kernel costs seconds. */
  readonly acsOverride?: AcsOverrideFacts;
}

export interface AcsOverrideFacts {
  /** Of the declared release, else of the running one; absent where neither is known. */
  readonly patch?: AcsPatch;
  /** Only where this boot's own line has the option: else the kernel has nothing to say of it. */
  readonly bootLog?: Fact<BootLog>;
}

/** Whether a kernel carries the out-of-tree patch that reads `pcie_acs_override`. */
export interface AcsPatch {
  /** `uname -r` string. */
  readonly release: string;
  readonly answer: "carried" | "absent" | "unknown";
  /** What was looked at, one clause each, the strongest first; the last one decided, unless nothing did. */
  readonly evidence: readonly string[];
}

/** What the kernel said of its options in this boot. */
export interface BootLog {
  /** "PCIe ACS overrides enabled" */
  readonly overridesEnabled: boolean;
  /** Of "Unknown kernel command line parameters", as the kernel spells them (since Linux 5.14). */
  readonly unknownParameters: readonly string[];
}

export interface AddedOptions {
  /** As spelled on the line. */
  readonly options: readonly string[];
  /** There should be a record, and there is none that can be read: nothing is known to be hostcfg's. */
  readonly lost: boolean;
  /** The record, where it is there. */
  readonly file?: TextFile;
}

export interface Identity {
  readonly hostname: Fact<string>;
  /** Debian architecture name, e.g. `amd64` (`dpkg --print-architecture`, else from the installed dpkg). */
  readonly architecture: Fact<string>;
  readonly os: Fact<OsRelease>;
  /** Whether the probe ran with effective user id 0. */
  readonly privileged: boolean;
}

/** From os-release(5). */
export interface OsRelease {
  readonly id: string;
  readonly name: string;
  readonly versionId?: string;
  readonly prettyName?: string;
}

/** This boot: /proc/sys/kernel/osrelease, /proc/cmdline, /proc/sys/kernel/random/boot_id. */
export interface Running {
  readonly release: Fact<string>;
  readonly cmdline: Fact<string>;
  readonly bootId: Fact<string>;
}

/** One package known to dpkg (dpkg-query(1), Status field: want, error flag, state). */
export interface PackageFact {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** e.g. `installed`, `half-configured`, `unpacked`, `config-files`. Only `installed` is whole. */
  readonly state: string;
  /** dpkg's selection is `hold` (`apt-mark hold`). */
  readonly held: boolean;
  /** dpkg's error flag: the package must be reinstalled. */
  readonly broken: boolean;
}

/** What a .deb that the spec names would bring; read without installing it. */
export interface DebFact {
  /** As the spec writes it. */
  readonly file: string;
  /** Absolute path on the machine that runs hostcfg. */
  readonly path: string;
  /** Lower-case hex sha256 of the whole file, and its size in bytes; unknown when missing or unreadable. */
  readonly content: Fact<{ readonly sha256: string; readonly size: number }>;
  /** From its control file (deb-control(5)). */
  readonly control: Fact<DebControl>;
  /** Of the kernels in it; only looked at where the spec declares `pcie_acs_override`. */
  readonly acsPatches?: Fact<readonly AcsPatch[]>;
}

export interface DebControl {
  readonly package: string;
  readonly version: string;
  readonly architecture: string;
  /** The `Depends` and `Pre-Depends` fields as written, empty when absent. */
  readonly depends: string;
  /** The `Installed-Size` field in KiB. */
  readonly installedSize?: number;
}

/** One kernel release with what is there of it. A kernel may boot when image, initrd and modules are. */
export interface KernelFact {
  /** `uname -r` string, from the file names `vmlinuz-<release>`, `initrd.img-<release>`, /lib/modules/<release>. */
  readonly release: string;
  readonly image?: BootFile;
  readonly initrd?: BootFile;
  /** /boot/config-<release> is there. */
  readonly config: boolean;
  /** /lib/modules/<release> is there and holds modules.dep. */
  readonly modules: boolean;
  /** The image has a signature for Secure Boot; only looked at for a declared release where Secure Boot is on. */
  readonly signed?: Fact<boolean>;
  /**
   * The files that the initrd was built from and that were changed after it, newest first: empty where it is fresh.
   * Only where it is made by a program that hostcfg drives.
   */
  readonly initrdOlderThan?: Fact<readonly string[]>;
  /** Not there yet: a packages step of the plan is to bring it, so its sizes are 0. Never in a probed state. */
  readonly expected?: true;
}

/** What makes the initrds of this host. */
export interface InitramfsFacts {
  /** Unknown where no program is there that hostcfg drives. */
  readonly generator: Fact<"initramfs-tools">;
}

/** A regular file that boots. `sha256` is only had where something must be compared with it. */
export interface BootFile {
  readonly path: string;
  /** Bytes. 0 is a truncated file: it counts as not whole. */
  readonly size: number;
  readonly sha256?: Fact<string>;
}

/** What stands at a path in / or /boot that a boot symlink could take. */
export type BootPathFact =
  | { readonly path: string; readonly kind: "absent" }
  | {
      readonly path: string;
      readonly kind: "symlink";
      /** As written in the link. */
      readonly target: string;
      /** Where it ends inside the root; absent when it dangles. */
      readonly resolved?: string;
      /** What stands there. */
      readonly endsAt?: "file" | "directory" | "other";
    }
  | { readonly path: string; readonly kind: "file" | "directory" | "other" };

/** One line of /proc/self/mounts. */
export interface MountFact {
  readonly source: string;
  readonly mountPoint: string;
  readonly type: string;
}

export interface BootLoaderFacts {
  /** Which loader starts this host; unknown with the reason where it is not one that hostcfg can drive. */
  readonly detected: Fact<BootLoaderName>;
  /** What the detection saw, one clause each. */
  readonly evidence: readonly string[];
  /** The loaders that could be meant where nothing shows which of them starts this host. */
  readonly candidates?: readonly BootLoaderName[];
  /** What started this boot by its own traces, for persons, and the loaders whose files are made for that. */
  readonly startedBy?: { readonly name: string; readonly loaders: readonly BootLoaderName[] };
  /** What starts this host and is recognised, but cannot be driven by any file that hostcfg may write. */
  readonly refused?: RefusedLoader;
  readonly firmware: FirmwareFacts;
  readonly kernelstub?: KernelstubFacts;
  readonly grub?: GrubFacts;
  readonly systemdBoot?: SystemdBootFacts;
  readonly proxmox?: ProxmoxFacts;
}

export type BootLoaderName = "kernelstub" | "grub" | "systemd-boot" | "proxmox";

/** A way to boot whose entries hostcfg must not write. What to do instead depends on the spec: boot/refused.ts. */
export interface RefusedLoader {
  readonly kind:
    | "unified-kernel-image"
    | "container"
    | "efi-stub"
    | "ostree"
    | "bootc"
    | "nixos"
    | "grub-bls"
    | "grub-elsewhere"
    | "proxmox-grub"
    | "refind"
    | "limine"
    | "extlinux"
    | "unfamiliar";
  /** What starts the host, as the end of "this host boots with". */
  readonly name: string;
  /** One clause: why hostcfg cannot drive it. */
  readonly why: string;
}

export interface FirmwareFacts {
  /** EFI variable SecureBoot (UEFI specification 3.3); known and false where the host boots by BIOS. */
  readonly secureBoot: Fact<boolean>;
}

export interface IommuFacts {
  /** The present groups; known and empty when the kernel runs without an IOMMU. */
  readonly groups: Fact<readonly IommuGroup[]>;
  /** Firmware tables that announce an IOMMU: `DMAR` (Intel VT-d), `IVRS` (AMD-Vi). */
  readonly firmwareTables: Fact<readonly string[]>;
  /** From /proc/cpuinfo vendor_id. */
  readonly cpuVendor: Fact<"intel" | "amd" | "other">;
}

export interface IommuGroup {
  /** Only an enumeration result: it changes between boots and must never be stored in a spec. */
  readonly id: number;
  readonly devices: readonly string[];
}

// --- The plan ------------------------------------------------------------------------------------------------

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

/** How: one act of the applier. A closed union; at most one step per path in a plan. */
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
  readonly content: string;
  /** The mode that the file shall have where it is not what was said above: a hook must be executable. */
  readonly mode?: number;
  /** The present text, for the diff; absent when the file is new. */
  readonly before?: string;
  readonly expect: Fingerprint;
}

/** Puts a file of an undone apply back as it was: its bytes, which need not be text, with mode and owner. */
export interface RestoreStep extends StepBase {
  readonly kind: "restore";
  readonly path: string;
  readonly base64: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** The present text, for the diff; absent when there is no file, or no text. */
  readonly before?: string;
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
  /** Where the copy shall stand. */
  readonly path: string;
  readonly from: string;
  /** Digest of `from`; absent when an earlier step of the plan makes that file. */
  readonly sha256?: string;
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
  readonly before?: string;
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

/** The kernel that will really start, and the rule that decided. */
export interface NextBoot {
  readonly loader: BootLoaderName;
  readonly release: Fact<string>;
  /** The image that the loader reads, e.g. a copy on the ESP. */
  readonly kernel: string;
  readonly initrd: string;
  /** The complete option line as the loader passes it. */
  readonly options: string;
  /** One sentence. */
  readonly rule: string;
  /** What the menu offers when this kernel does not come up; unknown with the reason. */
  readonly fallback: Fact<string>;
}

/** Whether what boots next still does once a kernel package newer than all that are there is installed. */
export interface AfterUpgrade {
  readonly keeps: boolean;
  /** One clause: the rule that decides, e.g. `GRUB starts the newest kernel by its own version order`. */
  readonly rule: string;
}

/** A property of the host that no step can bring about directly. It is never "applied". */
export interface Requirement {
  readonly address: string;
  readonly status: "satisfied" | "predicted" | "unsatisfied" | "unknown";
  readonly reason: string;
  /** What would satisfy it, in the imperative, where something is known. */
  readonly remedy?: string;
  /** The verdict by this boot, where the next one is another boot and is what was judged. */
  readonly thisBoot?: Pick<Requirement, "status" | "reason" | "offenders">;
  /** Addresses of the PCI devices that stand in the way. */
  readonly offenders: readonly string[];
}

/** By the name of the command. */
export type Task = "enable-verify" | "disable-verify";

/** What a saved plan is, and what `plan --json` prints: schemas/plan-v1.json. */
export interface Plan {
  readonly formatVersion: "1.0";
  readonly hostcfgVersion: string;
  readonly spec: {
    readonly path: string;
    /** Of the bytes of the file, lower-case hex. */
    readonly sha256: string;
    /** The spec itself: a saved plan is made again from it, and must come out the same, before it is applied. */
    readonly document: object;
  };
  /** The apply that this plan takes back, by its number in the journal; such a plan is not made from a spec. */
  readonly undoes?: string;
  /**
   * Set where the plan does not bring about what a spec declares, but sets hostcfg itself up for it; an undo of such a
   * plan has it too. `spec` is the one that is verified; of `disable-verify` only its path counts.
   */
  readonly task?: Task;
  readonly host: {
    readonly hostname: Fact<string>;
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
  readonly steps: readonly Step[];
  readonly requirements: readonly Requirement[];
  /** Whether the kernel that shall boot reads `pcie_acs_override`; only where the spec declares it. */
  readonly acsOverride?: AcsPatch;
  readonly diagnostics: readonly Diagnostic[];
  /** No errors: apply may carry it out. */
  readonly applyable: boolean;
  /** Applying it leaves nothing that the spec asks for undone or unknown. */
  readonly complete: boolean;
  /** After the plan, what is staged differs from what is live. */
  readonly rebootNeeded: boolean;
}

// --- Verify --------------------------------------------------------------------------------------------------

/** One thing that the spec declares, judged against the live host. */
export interface Finding {
  readonly address: string;
  /** `pending`: configured and staged, but this boot does not have it yet. */
  readonly status: "satisfied" | "pending" | "unsatisfied" | "unknown";
  readonly reason: string;
  readonly offenders: readonly string[];
}

/** What `verify --json` prints. */
export interface Verification {
  readonly formatVersion: "1.0";
  readonly spec: { readonly path: string; readonly sha256: string };
  /** The worst of the findings: unsatisfied, then pending, then unknown. */
  readonly status: Finding["status"];
  readonly findings: readonly Finding[];
  readonly diagnostics: readonly Diagnostic[];
}
