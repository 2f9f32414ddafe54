import type { Reader } from "../host/reader.ts";
import type { Fact, MountFact } from "../model/index.ts";
import { attempt } from "./fact.ts";

const OWN_MOUNTS = "/proc/self/mounts";
const ALL_MOUNTS = "/proc/mounts";

/** The mounted file systems, in the kernel's order (proc_pid_mounts(5)). */
export function readMounts(reader: Reader): Fact<readonly MountFact[]> {
  return attempt(
    OWN_MOUNTS,
    () => {
      const text = reader.readText(OWN_MOUNTS) ?? reader.readText(ALL_MOUNTS);
      return text === undefined ? undefined : parseMounts(text);
    },
    `neither ${OWN_MOUNTS} nor ${ALL_MOUNTS} is there`,
  );
}

/** The lines of the list of mounts; shorter ones are left out. */
export function parseMounts(text: string): MountFact[] {
  return mountLines(text).map(({ source, mountPoint, type, options }) => {
    if (type !== "overlay") return { source, mountPoint, type };
    const folders = options.flatMap(
      (option) => /^(?:lowerdir|upperdir)=(.+)$/.exec(option)?.[1]?.split(":") ?? [],
    );
    return { source, mountPoint, type, folders };
  });
}

interface MountLine {
  readonly source: string;
  readonly mountPoint: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** Lines as in fstab(5), with blanks and backslashes inside a field as octal escapes; shorter lines are left out. */
export function mountLines(text: string): MountLine[] {
  return text.split("\n").flatMap((line) => {
    const [source, mountPoint, type, options = ""] = line
      .trim()
      .split(/[ \t]+/)
      .map(unescape);
    return source === undefined || mountPoint === undefined || type === undefined
      ? []
      : [{ source, mountPoint, type, options: options.split(",") }];
  });
}

/**
 * The mount that holds `path`, an absolute path without links, `.` or `..`. Of several mounts at one place the
 * last is on top of the others.
 */
export function mountOf(mounts: readonly MountFact[], path: string): MountFact | undefined {
  let best: MountFact | undefined;
  for (const mount of mounts) {
    if (!holds(mount.mountPoint, path)) continue;
    if (best === undefined || mount.mountPoint.length >= best.mountPoint.length) best = mount;
  }
  return best;
}

function holds(mountPoint: string, path: string): boolean {
  return mountPoint === "/" || path === mountPoint || path.startsWith(`${mountPoint}/`);
}

function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
