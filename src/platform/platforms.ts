import { known, unknown } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type {
  DebFact,
  Fact,
  FamilyName,
  HostState,
  KernelFact,
  KernelOfPackage,
  KernelPart,
  PackageFact,
} from "../model/index.ts";
import { arch } from "./arch/arch.ts";
import { isPackageFile } from "./arch/package-file.ts";
import { debian } from "./debian/debian.ts";
import type { KernelLayout, PackageManager, PackageWords, Platform } from "./platform.ts";

/** Every family whose packages and kernels hostcfg drives. A new one is a folder beside these and a line here. */
export const PLATFORMS: Readonly<Record<FamilyName, Platform>> = { debian, arch };

/** What tells the family of a host, and what its package manager says. */
export interface PackageFacts {
  readonly family: Fact<FamilyName>;
  readonly packages: Fact<readonly PackageFact[]>;
  readonly architecture: Fact<string>;
}

/**
 * A family is told by its package manager, never by the distribution's name. One that has no packages is there to look at
 * those of others: Debian has pacman, and Arch has dpkg.
 */
export async function readPackages(reader: Reader): Promise<PackageFacts> {
  const found: { family: FamilyName; packages: Fact<readonly PackageFact[]> }[] = [];
  for (const family of FAMILIES) {
    const packages = await PLATFORMS[family].packages.read(reader);
    if (packages !== undefined) found.push({ family, packages });
    if (packages !== undefined && !isEmpty(packages)) break;
  }
  const its = found.find(({ packages }) => !isEmpty(packages)) ?? found[0];
  if (its !== undefined) {
    const { family, packages } = its;
    const architecture = await PLATFORMS[family].packages.readArchitecture(reader);
    return { family: known(family), packages, architecture };
  }
  const names = FAMILIES.map((family) => PLATFORMS[family].packages.name);
  const none = unknown(`this host has no ${names.join(" or ")}`);
  return { family: none, packages: none, architecture: none };
}

function isEmpty(packages: Fact<readonly PackageFact[]>): boolean {
  return packages.known && packages.value.length === 0;
}

const FAMILIES = Object.keys(PLATFORMS) as readonly FamilyName[];

/** The packages that a spec names by file; its name says whose form it has. */
export function readPackageFile(
  workspace: Reader,
  file: string,
  path: string,
  options: { readonly acsPatches: boolean },
): Promise<DebFact> {
  return PLATFORMS[familyOfFile(file)].packages.readFile(workspace, file, path, options);
}

/** Whose packages have names like this one's. */
export function familyOfFile(file: string): FamilyName {
  return isPackageFile(file) ? "arch" : "debian";
}

/** What the name of a package file says that it is. */
export function nameInFile(file: string): ReturnType<PackageManager["nameInFile"]> {
  return PLATFORMS[familyOfFile(file)].packages.nameInFile(file);
}

/**
 * A family that is not driven is looked at by Debian's names of kernels, which other families share in part: what has another
 * name there is not found, and no plan is made for it.
 */
function platformOf({ family }: Pick<HostState, "family">): Platform {
  return family.known ? PLATFORMS[family.value] : debian;
}

export function readKernels(reader: Reader, host: Pick<HostState, "family">): Fact<readonly KernelFact[]> {
  return platformOf(host).readKernels(reader);
}

/** Arch calls the files of a kernel by a name that says no release, so the kernels that are there are asked. */
export function layoutOf(host: Pick<HostState, "family" | "kernels">): KernelLayout {
  return platformOf(host).layout(host.kernels.known ? host.kernels.value : []);
}

export function wordsOf({ family }: Pick<HostState, "family">): PackageWords {
  return family.known ? PLATFORMS[family.value].packages.words : NO_FAMILY;
}

/** Where nothing is known of the package manager, no command can be told. */
const NO_FAMILY: PackageWords = {
  repository: "the host's repositories",
  imagePackage: (release) => `the package of the kernel ${release}`,
  install: (name) => `install ${name}`,
  reinstall: (name) => `install ${name} again`,
  remove: (name) => `remove ${name}`,
  installVersion: (name, version) => `install ${name} ${version}`,
  versionsOf: (name) => `list the versions of ${name} there`,
  refresh: "renew the list of packages",
  hold: (names) => `holding ${names.join(" and ")}`,
};

/** The release of which a package holds this part. */
export function releaseIn(
  kernel: KernelOfPackage | undefined,
  part: KernelPart["part"] = "image",
): string | undefined {
  return typeof kernel === "object" && kernel.part === part ? kernel.release : undefined;
}

/**
 * The release of the image that a package brings, or may bring: one that is newer than all others where it cannot be told.
 * Undefined for a package that surely has none.
 */
export function imageToCome(kernel: KernelOfPackage | undefined): string | undefined {
  return kernel === "unknown" ? NEWEST_OF_ALL : releaseIn(kernel);
}

/** Stands for a kernel of which nobody knows more. */
export const NEWEST_OF_ALL = "9999-unknown";

/** The package that holds a kernel's image: the one that is installed, else what the family would call it. */
export function imagePackage(state: Pick<HostState, "family" | "packages">, release: string): string {
  const installed = state.packages.known ? state.packages.value : [];
  return (
    installed.find(({ kernel }) => releaseIn(kernel) === release)?.name ??
    wordsOf(state).imagePackage(release)
  );
}

/** What keeps a kernel from booting, a clause each: a missing or empty image or initrd, missing modules. */
export function missingParts(kernel: KernelFact, layout: KernelLayout): string[] {
  if (kernel.expected === true) return [];
  const { release } = kernel;
  const part = (name: "image" | "initrd"): string[] => {
    if (kernel[name] === undefined) return [`its ${name} ${layout[name](release)} is missing`];
    return kernel[name].size === 0 ? [`its ${name} ${layout[name](release)} is empty`] : [];
  };
  return [
    ...part("image"),
    ...part("initrd"),
    ...(kernel.modules ? [] : [`its modules in ${layout.modules(release)} are missing`]),
  ];
}
