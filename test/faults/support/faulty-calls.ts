import { readlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { FileCalls } from "../../../src/host/file-calls.ts";
import { FILE_CALLS } from "../../../src/host/file-calls.ts";

export const ERRNOS = ["ENOSPC", "EIO", "EROFS", "EACCES"] as const;
export type Errno = (typeof ERRNOS)[number];

/** One call of the host that changes something, in the order of the run. */
export interface Call {
  readonly number: number;
  /** The system call, or `exec`. */
  readonly name: string;
  /** What it is about, for a person. */
  readonly about: string;
  /** Of a flush and of a rename: the file or folder, where it really is. */
  readonly real?: string;
}

/** `half`: some bytes of a write are in the file and the rest is not. `inside`: a program is in the middle of its work. */
export type Moment = "before" | "half" | "inside" | "after";

export interface Failure {
  readonly at: number;
  readonly errno: Errno;
}

/** What takes room on a disk. */
const TAKES_ROOM = new Set(["open", "write", "mkdir", "symlink"]);

/**
 * The calls by which files are changed, watched before and after each, and one of them failing. A write that fails has
 * written the half of it. A full disk stays full, and one that has become read-only stays so: ENOSPC meets all later calls
 * that take room, EROFS all later calls; EIO and EACCES meet one.
 *
 * Nothing is really flushed: what a disk loses when the power fails is for the tests with real disks.
 */
export class FaultyCalls implements FileCalls {
  readonly calls: Call[] = [];
  /** The failure was met. */
  met = false;
  readonly #watch: (call: Call, moment: Moment) => void;
  readonly #failure: Failure | undefined;
  readonly #paths = new Map<number, string>();

  constructor(watch: (call: Call, moment: Moment) => void = () => undefined, failure?: Failure) {
    this.#watch = watch;
    this.#failure = failure;
  }

  open: FileCalls["open"] = (real, flags, mode) => {
    const fd = this.#pass("open", real, () => FILE_CALLS.open(real, flags, mode));
    this.#paths.set(fd, real);
    return fd;
  };

  write: FileCalls["write"] = (fd, content) => {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    const middle = Math.floor(bytes.length / 2);
    this.#pass(
      "write",
      this.#of(fd),
      () => {
        FILE_CALLS.write(fd, bytes.subarray(middle));
      },
      () => {
        FILE_CALLS.write(fd, bytes.subarray(0, middle));
      },
    );
  };

  fchown: FileCalls["fchown"] = (fd, uid, gid) => {
    this.#pass("fchown", this.#of(fd), () => {
      FILE_CALLS.fchown(fd, uid, gid);
    });
  };

  fchmod: FileCalls["fchmod"] = (fd, mode) => {
    this.#pass("fchmod", this.#of(fd), () => {
      FILE_CALLS.fchmod(fd, mode);
    });
  };

  /** The trees of the rig have no such attributes, and a process for each file would take long. */
  cloneAttributes: FileCalls["cloneAttributes"] = () => undefined;

  fsync: FileCalls["fsync"] = (fd) => {
    this.#pass("fsync", this.#of(fd), () => undefined, undefined, realOf(`/proc/self/fd/${fd}`));
  };

  syncFileSystem: FileCalls["syncFileSystem"] = (folder) => {
    this.#pass("syncfs", this.#of(folder), () => undefined, undefined, realOf(`/proc/self/fd/${folder}`));
  };

  /** Changes nothing, and a process that ends closes all. */
  close: FileCalls["close"] = (fd) => {
    this.#paths.delete(fd);
    FILE_CALLS.close(fd);
  };

  rename: FileCalls["rename"] = (from, to) => {
    this.#pass(
      "rename",
      to,
      () => {
        FILE_CALLS.rename(from, to);
      },
      undefined,
      join(realOf(dirname(to)), basename(to)),
    );
  };

  symlink: FileCalls["symlink"] = (target, real) => {
    this.#pass("symlink", real, () => {
      FILE_CALLS.symlink(target, real);
    });
  };

  mkdir: FileCalls["mkdir"] = (real, mode) => {
    this.#pass("mkdir", real, () => {
      FILE_CALLS.mkdir(real, mode);
    });
  };

  rmdir: FileCalls["rmdir"] = (real) => {
    this.#pass("rmdir", real, () => {
      FILE_CALLS.rmdir(real);
    });
  };

  unlink: FileCalls["unlink"] = (real) => {
    this.#pass("unlink", real, () => {
      FILE_CALLS.unlink(real);
    });
  };

  /** A program that is about to be started: the errno with which that fails. */
  execFailure(argv: readonly string[]): Errno | undefined {
    const call = this.#next("exec", argv.join(" "));
    this.#watch(call, "before");
    return this.#failureOf(call);
  }

  executed(): void {
    const call = this.calls.findLast(({ name }) => name === "exec");
    if (call !== undefined) this.#watch(call, "after");
  }

  /** @param about What the program has just done. */
  inside(about: string): void {
    const call = this.calls.findLast(({ name }) => name === "exec");
    if (call !== undefined) this.#watch({ ...call, about: `${call.about}, which ${about}` }, "inside");
  }

  #of(fd: number): string {
    return this.#paths.get(fd) ?? "a folder or file that is flushed";
  }

  #pass<T>(name: string, about: string, act: () => T, half?: () => void, real?: string): T {
    const call = this.#next(name, about, real);
    this.#watch(call, "before");
    const errno = this.#failureOf(call);
    half?.();
    if (errno !== undefined) throw failure(errno, name, about);
    if (half !== undefined) this.#watch(call, "half");
    const result = act();
    this.#watch(call, "after");
    return result;
  }

  #next(name: string, about: string, real?: string): Call {
    const call = { number: this.calls.length + 1, name, about, ...(real === undefined ? {} : { real }) };
    this.calls.push(call);
    return call;
  }

  #failureOf({ number, name }: Call): Errno | undefined {
    if (this.#failure === undefined || number < this.#failure.at) return undefined;
    const { at, errno } = this.#failure;
    const lasts = errno === "EROFS" || (errno === "ENOSPC" && TAKES_ROOM.has(name));
    if (number > at && !lasts) return undefined;
    this.met = true;
    return errno;
  }
}

/** Where a path through an open folder or file leads. */
function realOf(path: string): string {
  return /^\/proc\/self\/fd\/\d+$/.test(path) ? readlinkSync(path) : path;
}

/** As node:fs fails. */
function failure(code: Errno, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: it failed on purpose, ${syscall} '${path}'`), {
    code,
    syscall,
    path,
  });
}
