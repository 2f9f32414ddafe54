import fs from "node:fs";
import { HostError } from "./reader.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;

/** A folder that stays the same one whatever happens to the names on the way to it. */
export interface FolderHandle {
  /** The path of an entry, by which no link is followed but at `name` itself. */
  entry(name: string): string;
  /** Its descriptor, by which what was made, renamed and removed in it is flushed to the disk. */
  readonly fd: number;
}

/**
 * Opens a folder one component after the other, none of which may be a link, and acts on it through /proc/self/fd
 * (proc_pid_fd(5)): node has no openat(2). Whoever puts a link in the place of a folder after its path was resolved
 * makes this fail, with ENOTDIR or ELOOP, and leads nothing elsewhere.
 *
 * @param root Where the host's root is on this machine; links on the way to it are followed.
 * @param canonical Of the folder inside the root: absolute and free of links, `.` and `..`.
 */
export function inFolder<T>(root: string, canonical: string, act: (folder: FolderHandle) => T): T {
  let fd = fs.openSync(root, O_RDONLY | O_DIRECTORY);
  try {
    needProc(fd, canonical);
    for (const name of canonical.split("/").filter((part) => part !== "")) {
      const next = fs.openSync(`/proc/self/fd/${fd}/${name}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      fs.closeSync(fd);
      fd = next;
    }
    const open = fd;
    return act({ entry: (name) => `/proc/self/fd/${open}/${name}`, fd: open });
  } finally {
    fs.closeSync(fd);
  }
}

function needProc(fd: number, path: string): void {
  if (fs.existsSync(`/proc/self/fd/${fd}`)) return;
  throw new HostError("ENOENT", path, `${path}: nothing is written where /proc is not mounted (ENOENT)`);
}
