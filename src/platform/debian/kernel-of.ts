/** A part of one kernel that a package holds. `release` is a `uname -r` string. */
export interface KernelPart {
  readonly release: string;
  readonly part: "image" | "modules" | "headers";
}

/** `none`: nothing that boots. `unknown`: perhaps a kernel, and its release cannot be told by the name. */
export type KernelOfPackage = KernelPart | "none" | "unknown";

/** Debian, Ubuntu and Proxmox name a kernel's packages after its release; Proxmox has all parts in one package. */
const NAMES: readonly (readonly [RegExp, KernelPart["part"]])[] = [
  [/^linux-image-(?:unsigned-)?(\d.*)$/, "image"],
  [/^(?:proxmox|pve)-kernel-(\d.*-pve)(?:-signed)?$/, "image"],
  [/^linux-modules-(?:extra-)?(\d.*)$/, "modules"],
  [/^linux-headers-(\d.*)$/, "headers"],
  [/^(?:proxmox|pve)-headers-(\d.*-pve)$/, "headers"],
];
const SYMBOLS = /-(?:dbg|dbgsym)$/;
/** Metapackages and others that may bring a kernel. */
const PERHAPS =
  /^(?:(?:proxmox|pve)-(?:default-)?kernel|linux-(?!headers|modules|libc|kbuild|tools|base|firmware|source|doc|perf|buildinfo))/;

/** The kernel that a package belongs to, by the package's name. The one place that reads names of kernel packages. */
export function kernelOf(name: string): KernelOfPackage {
  if (SYMBOLS.test(name)) return "none";
  for (const [pattern, part] of NAMES) {
    const release = pattern.exec(name)?.[1];
    if (release !== undefined) return { release, part };
  }
  return PERHAPS.test(name) ? "unknown" : "none";
}

/** The release whose image /boot/vmlinuz-RELEASE a package holds. */
export function imageRelease(name: string): string | undefined {
  const kernel = kernelOf(name);
  return typeof kernel === "object" && kernel.part === "image" ? kernel.release : undefined;
}
