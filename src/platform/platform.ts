import type { Reader } from "../host/reader.ts";
import type {
  DebFact,
  Fact,
  InitramfsGeneratorName,
  KernelFact,
  KernelOfPackage,
  MakeInitrd,
  PackageAction,
  PackageFact,
} from "../model/index.ts";
import type { OwnProgram } from "./own-program.ts";

/** What a distribution family answers: the shapes that its folders fill. */

export interface Command {
  /** Program and arguments. */
  readonly argv: readonly string[];
  readonly timeoutSeconds: number;
}

/** What a family of distributions answers. */
export interface Platform {
  readonly packages: PackageManager;
  /** The newest comes first. */
  readKernels(reader: Reader): Fact<readonly KernelFact[]>;
  /** What the files of kernels are called on a host with these. */
  layout(kernels: readonly KernelFact[]): KernelLayout;
}

export interface PackageManager {
  /** The program that knows what is installed. */
  readonly name: string;
  /** The packages that are there, by name; `undefined` where this host has no such package manager. */
  read(reader: Reader): Promise<Fact<readonly PackageFact[]> | undefined>;
  /** The versions of a package that could be installed by name, the newest first. */
  readVersions(reader: Reader, name: string): Promise<Fact<readonly string[]>>;
  /** What the host's packages are built for, in its own word. */
  readArchitecture(reader: Reader): Promise<Fact<string>>;
  /**
   * What a package file is and what it would bring, read without installing it.
   *
   * @param workspace The machine that runs hostcfg, which may be another than the host.
   * @param file As the spec writes it.
   * @param path Absolute, on that machine.
   * @param options.acsPatches Whether to look for the ACS override patch in the kernels in it, which costs seconds.
   */
  readFile(
    workspace: Reader,
    file: string,
    path: string,
    options: { readonly acsPatches: boolean },
  ): Promise<DebFact>;
  /** What the name of a package file says that it is; the version without its epoch. */
  nameInFile(file: string): { readonly name: string; readonly version: string };
  /** Why no version can be had by name, one clause, and what to do; undefined where the repositories keep several. */
  readonly newestOnly?: { readonly why: string; readonly hint: (name: string, version: string) => string };
  /** Why hostcfg holds no package here, one clause. */
  readonly cannotHold?: string;
  /** The kernel of a package that is there: by the files that it holds; by its name where they are not known. */
  kernelOf(
    reader: Reader,
    one: Pick<PackageFact, "name" | "version" | "architecture">,
  ): KernelOfPackage | undefined;
  /** The kernel of a package that is not there yet. */
  kernelByName(name: string): KernelOfPackage | undefined;
  /** Whether a package has each new kernel of its kind installed. */
  bringsNewerKernels(name: string): boolean;
  /** The command line for this. */
  command(action: PackageAction): Command;
  /** The command line with a search path for the programs that it starts. */
  withSearchPath(action: PackageAction, argv: readonly string[], path: string): readonly string[];
  /** The files that the program locks before it changes packages. */
  locks(action: PackageAction): readonly string[];
  /** A file that is there as long as the program changes packages, and after it was cut: no process has a lock on it. */
  readonly lockFile?: string;
  /** Orders two versions: negative where `a` is older. */
  compareVersions(a: string, b: string): number;
  /** The dependencies of a package that none of the available packages meets. */
  unmet(depends: string, available: readonly AvailablePackage[]): readonly UnmetDependency[];
  /** Why a package has no place among a kernel's. */
  needless(name: string): string | undefined;
  readonly words: PackageWords;
  /** How a file that it reads is shortened before it goes into a capture. */
  shortened(path: string): ((text: string) => string) | undefined;
}

/** A package that will be there once the transaction is done. */
export type AvailablePackage = Pick<PackageFact, "name" | "version">;

export interface UnmetDependency {
  /** As written, e.g. `linux-base (>= 4.5) | kmod`. */
  readonly text: string;
  /** The packages that would meet it, in the order of preference. */
  readonly names: readonly string[];
  /**
   * `surely`: each of them is there, in a version that does not do. `possibly`: one of them is not there under its
   * own name, but another package may provide it, which these facts do not show.
   */
  readonly certainty: "surely" | "possibly";
}

/** What a person is told: mostly command lines. */
export interface PackageWords {
  /** Where packages come from that are installed by name. */
  readonly repository: string;
  /** The package that holds a kernel's image where none is installed. */
  imagePackage(release: string): string;
  install(name: string): string;
  reinstall(name: string): string;
  remove(name: string): string;
  installVersion(name: string, version: string): string;
  /** Lists the versions that there are. */
  versionsOf(name: string): string;
  /** Renews the list of versions that there are. */
  readonly refresh: string;
  hold(names: readonly string[]): string;
}

/** What the files of a kernel are called, and which kernel is the newest. */
export interface KernelLayout {
  image(release: string): string;
  initrd(release: string): string;
  modules(release: string): string;
  /** The kernel's file that a path is, by its name. */
  fileAt(path: string): { readonly part: "image" | "initrd"; readonly release: string } | undefined;
  newestFirst(a: string, b: string): number;
  /** Where kernel packages keep links to the newest kernel and its initrd, and move them; empty where they keep none. */
  linkFolder(reader: Reader): Fact<string>;
  /** The names of those links. */
  readonly links: readonly string[];
}

/** A program that makes initrds, as far as hostcfg drives it. */
export interface InitramfsGenerator {
  readonly name: InitramfsGeneratorName;
  /** The program that makes them. */
  readonly program: string;
  /** Whether it makes the initrds of this host; the reason where it does so in a way that hostcfg does not drive. */
  makesThem(reader: Reader): boolean | { readonly why: string };
  /** The files that every initrd is made from, whatever kernel it is for; throws HostError where they may not be read. */
  sourceFiles(reader: Reader): readonly string[];
  /** The command line for this. */
  command(action: MakeInitrd): Command;
  /** Its own settings and what else it makes initrds from, among the paths of /etc. */
  readonly sources: RegExp;
  /** Modules that its initrds load early, a line each with arguments (initramfs-tools(7)); absent where it has no such file. */
  readonly moduleList?: string;
  /** What the commands of an apply find in the place of a program that would harm the initrd that is there. */
  readonly ownProgram: OwnProgram;
  /** How a person gets smaller ones. */
  readonly smaller: string;
}
