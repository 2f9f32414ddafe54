import fs from "node:fs";
import { posix } from "node:path";

/** A process that holds a record lock (fcntl(2)) on a file. */
export interface LockHolder {
  /** Absent where the kernel does not tell: open file description locks belong to no process. */
  readonly pid?: number;
  /** The name of its program, at most 15 bytes of it (proc_pid_comm(5)). */
  readonly program: string;
}

/** A line of /proc/locks about a record lock that is held. */
export interface RecordLock {
  /** -1 for an open file description lock. */
  readonly pid: number;
  /** As in the file: major and minor number in hex, e.g. `fe:00`. */
  readonly device: string;
  readonly inode: string;
}

/**
 * The record locks of proc_locks(5), those of flock(2), leases and waiting requests left out. The kernel lists the
 * locks whose holder is in the pid namespace of this /proc (fs/locks.c, `locks_show`).
 */
export function parseLocks(text: string): RecordLock[] {
  return text.split("\n").flatMap((line) => {
    const [, pid, device, inode] =
      /^\d+: (?:POSIX|OFDLCK)\s+\S+\s+(?:READ|WRITE)\s+(-?\d+) ([0-9a-f]+:[0-9a-f]+):(\d+) /.exec(line) ?? [];
    return pid === undefined || device === undefined || inode === undefined
      ? []
      : [{ pid: Number(pid), device, inode }];
  });
}

/**
 * Who holds a record lock on the file `real`, found without asking for the lock: node has no such call, and a lock
 * that is asked for with F_SETLK would be taken. `undefined` where nobody does, where there is no such file, and where
 * the kernel does not tell: whoever then takes the lock finds out by itself.
 *
 * @param proc Where procfs is mounted.
 */
export function recordLockHolder(real: string, proc = "/proc"): LockHolder | undefined {
  const text = orUndefined(() => fs.readFileSync(`${proc}/locks`, "utf8"));
  const stat = orUndefined(() => fs.statSync(real, { bigint: true }));
  if (text === undefined || stat === undefined) return undefined;
  const device = deviceNumber(stat.dev);
  const holding = parseLocks(text).find(
    (lock) => lock.inode === String(stat.ino) && (lock.device === device || hasOpen(lock.pid, stat, proc)),
  );
  if (holding === undefined) return undefined;
  const { pid } = holding;
  if (pid < 0) return { program: "another program" };
  const name = orUndefined(() => fs.readFileSync(`${proc}/${pid}/comm`, "utf8").trimEnd());
  return { pid, program: name ?? "another program" };
}

/** As fs/locks.c prints it: two hex digits at least of each. The parts are put together as in makedev(3). */
function deviceNumber(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return [major, minor].map((part) => part.toString(16).padStart(2, "0")).join(":");
}

/**
 * Btrfs and overlayfs give stat(2) another device than the one that /proc/locks is printed with; there the open files
 * of the process decide.
 */
function hasOpen(pid: number, { dev, ino }: fs.BigIntStats, proc: string): boolean {
  const folder = `${proc}/${pid}/fd`;
  const names = pid < 0 ? [] : (orUndefined(() => fs.readdirSync(folder)) ?? []);
  return names.some((name) => {
    const open = orUndefined(() => fs.statSync(posix.join(folder, name), { bigint: true }));
    return open?.dev === dev && open.ino === ino;
  });
}

function orUndefined<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
