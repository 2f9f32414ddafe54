/** What a kernel's release begins with (uname(2)). Whatever it ends with is its distribution's own. */
export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
  /** Undefined where it is 0: that may be the name of a distribution's kernel of any level. */
  readonly patch: number | undefined;
}

/** Undefined of a release that names no version. */
export function kernelVersion(release: string): KernelVersion | undefined {
  const [, major, minor = "0", patch = "0"] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release) ?? [];
  if (major === undefined) return undefined;
  return { major: Number(major), minor: Number(minor), patch: Number(patch) || undefined };
}

/** Undefined of a release that names no version. */
export function atLeast(release: string, major: number, minor: number): boolean | undefined {
  const version = kernelVersion(release);
  if (version === undefined) return undefined;
  return version.major > major || (version.major === major && version.minor >= minor);
}
