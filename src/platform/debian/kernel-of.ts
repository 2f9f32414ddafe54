import { HostError } from "../../host/reader.ts";
import type { Reader } from "../../host/reader.ts";
import type { KernelOfPackage, KernelPart, PackageFact } from "../../model/index.ts";

/** Debian, Ubuntu and Proxmox name a kernel's packages after its release; Proxmox has all parts in one package. */
const NAMES: readonly (readonly [RegExp, KernelPart["part"]])[] = [
  [/^linux-image-(?:unsigned-)?(\d.*?)(?:-unsigned)?$/, "image"],
  // Debian 14's, which its linux-image packages depend on.
  [/^linux-binary-(\d.*)$/, "image"],
  [/^(?:proxmox|pve)-kernel-(\d.*-pve)(?:-signed)?$/, "image"],
  [/^linux-modules-(?:extra-)?(\d.*)$/, "modules"],
  [/^linux-headers-(\d.*)$/, "headers"],
  [/^(?:proxmox|pve)-headers-(\d.*-pve)$/, "headers"],
];
const SYMBOLS = /-(?:dbg|dbgsym)$/;
/** Metapackages, and what somebody has built under a name of their own. */
const PERHAPS =
  /^linux-(?!headers|modules|objects|libc|kbuild|tools|cloud-tools|compiler|config|base|firmware|source|doc|perf|buildinfo)|(?:^|-)kernel(?:-|$)|^proxmox-ve$/;
/** Parts of a kernel's build and helpers, whatever kind of kernel they are named after. */
const NEVER = /-(?:headers|tools|common|helper)(?:-|$)/;
/** Packages without a release in their name, which depend on the newest kernel of a kind (Debian, Ubuntu, Pop!_OS, Proxmox). */
const META_PACKAGE =
  /^(?:linux-(?:image-)?(?:generic|lowlatency|virtual|oem|amd64|arm64|cloud-amd64|rt-amd64|system76)(?:-hwe)?(?:-[0-9.]+)?(?:-edge)?|proxmox-default-kernel|proxmox-kernel-[0-9]+\.[0-9]+|pve-kernel-[0-9]+\.[0-9]+)$/;

/** The kernel that a package belongs to, by the package's name; `undefined` for what holds nothing that boots. */
export function kernelByName(name: string): KernelOfPackage | undefined {
  if (SYMBOLS.test(name)) return undefined;
  for (const [pattern, part] of NAMES) {
    const release = pattern.exec(name)?.[1];
    if (release !== undefined) return { release, part };
  }
  return PERHAPS.test(name) && !NEVER.test(name) ? "unknown" : undefined;
}

/** Whether a package has each new kernel of its kind installed. */
export function bringsNewerKernels(name: string): boolean {
  return META_PACKAGE.test(name);
}

/**
 * The kernel of an installed package: by dpkg's list of its files, whatever it is called. The name counts where there is no
 * list, as in an older capture, and where a package of a kernel's name holds hooks only, as Debian 14's do.
 */
export function kernelOf(
  reader: Reader,
  { name, architecture }: Pick<PackageFact, "name" | "architecture">,
): KernelOfPackage | undefined {
  const list = listOf(reader, name) ?? listOf(reader, `${name}:${architecture}`);
  const byName = kernelByName(name);
  if (list === undefined) return byName;
  return kernelIn(list) ?? (byName === "unknown" ? undefined : byName);
}

/** dpkg's list of a package's files, one absolute path a line. */
function listOf(reader: Reader, name: string): string | undefined {
  try {
    return reader.readText(`/var/lib/dpkg/info/${name}.list`);
  } catch (error) {
    // Also a capture's that was taken before this was asked: names still tell.
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

/** Whether this path is such a list. */
export function isFileList(path: string): boolean {
  return /\/dpkg\/info\/[^/]+\.list$/.test(path);
}

/** The line of a list, or of a package's md5sums, that names the file or folder of a kernel. */
const HELD =
  /^(?:\/|[0-9a-f]{32} [ *])(?:boot\/vmlinu[xz]-([^/\n]+)|(?:usr\/)?lib\/modules\/([^/\n]+)\/(?:(vmlinuz)|kernel(?:\/.*)?))$/gm;

/** The kernel that a package with these files holds. One with several is none that can be told. */
export function kernelIn(files: string): KernelOfPackage | undefined {
  const images = new Set<string>();
  const modules = new Set<string>();
  for (const [, image, release = "", inModules] of files.matchAll(HELD)) {
    if (image !== undefined) images.add(image);
    else (inModules === undefined ? modules : images).add(release);
  }
  const part = images.size > 0 ? "image" : "modules";
  const [release, another] = images.size > 0 ? images : modules;
  if (another !== undefined) return "unknown";
  return release === undefined ? undefined : { release, part };
}

/** What {@link kernelIn} reads of a list: a kernel's modules are thousands of lines. */
export function kernelLines(list: string): string {
  const lines = [...list.matchAll(HELD)].map(([line]) => line);
  return lines
    .filter((line) => !/\/kernel\/./.test(line))
    .map((line) => `${line}\n`)
    .join("");
}
