import type { Diagnostic, Fact, MountFact } from "../model/index.ts";
import { mountOf } from "../facts/mounts.ts";
import type { Passed } from "./way.ts";

/** Emptied at boot, or not on a disk at all: hier(7), file-hierarchy(7). */
const FLEETING = /^\/(?:run|var\/run|tmp|var\/tmp|dev|proc|sys)(?:\/|$)/;
const FLEETING_TYPES = new Set(["tmpfs", "ramfs", "devtmpfs", "proc", "sysfs"]);

/** Why what the way leads to may be gone after a boot; undefined where nothing speaks for that. */
export function whyFleeting(way: readonly Passed[], mounts: Fact<readonly MountFact[]>): string | undefined {
  for (const { path } of way.filter(({ stat }) => stat.kind !== "directory")) {
    const folder = FLEETING.exec(path)?.[0].replace(/\/$/, "");
    if (folder !== undefined) return `${folder} is emptied at boot, or from time to time`;
    const mount = mounts.known ? mountOf(mounts.value, path) : undefined;
    if (mount !== undefined && FLEETING_TYPES.has(mount.type))
      return `${mount.mountPoint} is a ${mount.type}, which is empty after a boot`;
  }
  return undefined;
}

/**
 * Who but root could change what the way leads to.
 *
 * What a group or everybody can write is an error: the unit runs as root, or judges for root, and any of many accounts
 * could decide what. One other owner is a warning: a spec or a checkout of hostcfg in the home of the person who
 * administers the host is common, and that account mostly is root by sudo; but the person must have read it.
 */
export function trustProblems(way: readonly Passed[], what: "spec" | "program"): readonly Diagnostic[] {
  const file = way.at(-1)?.path ?? "";
  const open = way.find(({ stat, path }) => isWritable(stat, path === file));
  if (open !== undefined) {
    const who = (open.stat.mode & 0o002) !== 0 ? "everybody" : `the group ${open.stat.gid}`;
    return [
      {
        severity: "error",
        code: "verify-path-writable",
        summary: `${who} can write ${open.path}, ${RISK[what]}`,
        hint: `sudo chmod go-w ${open.path}, or put the ${what} where only root can write`,
        address: open.path,
      },
    ];
  }
  const foreign = way.find(({ stat }) => stat.uid !== 0);
  if (foreign === undefined) return [];
  return [
    {
      severity: "warning",
      code: "verify-path-owner",
      summary: `${foreign.path} belongs to user ${foreign.stat.uid}, not to root: that account decides ${DECIDES[what]}`,
      hint: HINT[what],
      address: foreign.path,
    },
  ];
}

const RISK = {
  spec: "and so decide what each boot is judged by",
  program: "and so decide what root runs at each boot",
} as const;
const DECIDES = {
  spec: "what each boot is judged by",
  program: "what root runs at each boot",
} as const;
const HINT = {
  spec: "keep the spec, with the packages that it names and its lock file, in a folder of root's, e.g. /etc/hostcfg",
  program: "install hostcfg and Node.js as root, outside of any home, and enable verify with those",
} as const;

/** In a folder with the sticky bit nobody can replace what is another's (inode(7)). Root's own group is root. */
function isWritable({ kind, mode, gid }: Passed["stat"], isEnd: boolean): boolean {
  if (kind === "symlink" || (kind === "directory" && !isEnd && (mode & 0o1000) !== 0)) return false;
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0);
}
