/** A part of one kernel that a package holds. `release` is a `uname -r` string. */
export interface KernelPart {
  readonly release: string;
  readonly part: "image" | "modules" | "headers";
}

/** `none`: nothing that boots. `unknown`: perhaps a kernel, and its release cannot be told by the name. */
export type KernelOfPackage = KernelPart | "none" | "unknown";

/** Debian, Ubuntu and Proxmox name a kernel's packages after its release; Proxmox has all parts in one package. */
const NAMES: readonly (readonly [RegExp, KernelPart["part"]])[] = [
  [/^linux-image-(?:unsigned-)?(\d.*?)(?:-unsigned)?$/, "image"],
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

/** The kernel that a package belongs to, by the package's name. The one place that reads names of kernel packages. */
export function kernelOf(name: string): KernelOfPackage {
  if (SYMBOLS.test(name)) return "none";
  for (const [pattern, part] of NAMES) {
    const release = pattern.exec(name)?.[1];
    if (release !== undefined) return { release, part };
  }
  return PERHAPS.test(name) && !NEVER.test(name) ? "unknown" : "none";
}

/** The part of a kernel that a package holds, where its name tells one. */
export function partOf(name: string): KernelPart | undefined {
  const kernel = kernelOf(name);
  return typeof kernel === "object" ? kernel : undefined;
}

/** The release whose image /boot/vmlinuz-RELEASE a package holds. */
export function imageRelease(name: string): string | undefined {
  const kernel = partOf(name);
  return kernel?.part === "image" ? kernel.release : undefined;
}

/** Whether a package has each new kernel of its kind installed. */
export function bringsNewerKernels(name: string): boolean {
  return META_PACKAGE.test(name);
}
