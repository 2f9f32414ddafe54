import type { Fact } from "./fact.ts";
import type { AcsPatch } from "./kernel.ts";

/** The families of distributions whose packages and kernels hostcfg drives. */
export type FamilyName = "debian" | "arch";

/** A part of one kernel that a package holds. `release` is a `uname -r` string. */
export interface KernelPart {
  readonly release: string;
  /** What its files are called by, where that is not the release. */
  readonly name?: string | undefined;
  readonly part: "image" | "modules" | "headers";
}

/** `unknown`: perhaps a kernel, and its release cannot be told. */
export type KernelOfPackage = KernelPart | "unknown";

/** One package known to dpkg (dpkg-query(1), Status field: want, error flag, state). */
export interface PackageFact {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** e.g. `installed`, `half-configured`, `unpacked`, `config-files`. Only `installed` is whole. */
  readonly state: string;
  /** dpkg's selection is `hold` (`apt-mark hold`). */
  readonly held: boolean;
  /** dpkg's selection is to remove it (`dpkg --set-selections`), though it is still there. */
  readonly leaving?: true;
  /** dpkg's error flag: the package must be reinstalled. */
  readonly broken: boolean;
  /** Absent where it holds no part of a kernel. */
  readonly kernel?: KernelOfPackage;
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
  /** By the names of its files; absent where they tell of none. */
  readonly kernel?: KernelOfPackage | undefined;
}
