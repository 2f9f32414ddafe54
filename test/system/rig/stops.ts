import type { Machine, RunOptions, Running } from "./machine.ts";
import { onlyChild } from "./machine.ts";
import { listen } from "./pipe.ts";
import type { Ran } from "./ran.ts";

/** A process that stands still: the call was done, the next one was not begun. */
export interface Stop {
  /** From 1 on, in the order of the calls. */
  readonly number: number;
  readonly call: string;
  /** From 1 on, among all calls of this name that the process has made, to whatever file. */
  readonly nth: number;
  /** As strace(1) printed it. */
  readonly text: string;
}

/** Calls by which Node changes a file system through node:fs (libuv 1.x, src/unix/fs.c), with those that flush. */
export const MUTATING = [
  ...["openat", "write", "pwrite64", "fsync", "fdatasync", "rename", "link", "unlink", "mkdir", "rmdir"],
  ...["symlink", "chmod", "fchmod", "chown", "fchown", "lchown", "ftruncate", "copy_file_range", "sendfile"],
  "utimensat",
];

const LOG = "/run/stops";

/**
 * Runs a command and has it stand still after each system call of its own that changes, or flushes, a file; what it
 * starts runs freely. strace(1) sends SIGSTOP at the call's entry, and the process takes the signal on its way back
 * from the kernel, when the call has been done.
 */
export class Stops {
  readonly ended: Promise<Ran>;
  readonly #lines: AsyncIterator<string>;
  readonly #strace: Running;
  #pid: number | undefined;
  #number = 0;
  readonly #calls = new Map<string, number>();

  private constructor(strace: Running, lines: AsyncIterator<string>) {
    this.ended = strace.ended;
    this.#lines = lines;
    this.#strace = strace;
  }

  static async start(machine: Machine, argv: readonly string[], options: RunOptions = {}): Promise<Stops> {
    const pipe = await listen(machine, LOG);
    const calls = MUTATING.join(",");
    const strace = ["strace", "--quiet=attach,exit", "--decode-fds=path", `--output=${LOG}`];
    const stopping = [`--trace=${calls}`, `--inject=${calls}:signal=SIGSTOP:when=1+`];
    const running = machine.start([...strace, ...stopping, "--", ...argv], options);
    void running.ended.finally(pipe.end);
    return new Stops(running, pipe.lines);
  }

  /** Lets the process run to its next stop; undefined once it has ended. */
  async next(): Promise<Stop | undefined> {
    if (this.#number > 0) await this.#goOn();
    let call = "";
    for (;;) {
      const read = await this.#lines.next();
      if (read.done === true) return undefined;
      const line = read.value;
      const name = /^\w+(?=\()/.exec(line)?.[0];
      if (name !== undefined) {
        call = line;
        this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1);
      }
      if (line !== "--- stopped by SIGSTOP ---") continue;
      const stopped = /^\w+/.exec(call)?.[0] ?? "";
      if (changesFile(call)) {
        this.#number += 1;
        const nth = this.#calls.get(stopped) ?? 0;
        return { number: this.#number, call: stopped, nth, text: call };
      }
      await this.#goOn();
    }
  }

  async #goOn(): Promise<void> {
    // Not asked for before the first stop: strace starts with children of its own, to try what the kernel can.
    this.#pid ??= await onlyChild(await this.#strace.pid());
    process.kill(this.#pid, "SIGCONT");
  }
}

/** Whether a call of one of {@link MUTATING}, as strace prints it with --decode-fds, was done to a file and not to a pipe. */
export function changesFile(call: string): boolean {
  const name = /^\w+/.exec(call)?.[0] ?? "";
  if (name === "openat") return /\bO_(?:CREAT|TRUNC)\b/.test(call) && !call.includes("= -1 ");
  // What a descriptor is follows it in angle brackets: a path, or "pipe:[1]", "socket:[1]", "anon_inode:[eventfd]".
  return /^(?:write|pwrite64|sendfile|copy_file_range)$/.test(name)
    ? /^\w+\(\d+<\/(?!dev\/|proc\/|run\/)/.test(call)
    : true;
}
