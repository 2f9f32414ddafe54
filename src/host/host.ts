import type { Digest, Reader } from "./reader.ts";
import type { LockHolder } from "./record-locks.ts";

export type { LockHolder } from "./record-locks.ts";

/**
 * The writing half of the seam: all that apply may do to a machine. A different type from {@link Reader}, so a
 * probe that writes does not compile. Paths are absolute inside the host's root; a link on the way never leads
 * out of it. Failures throw HostError.
 */
export interface Host {
  /** For a person: "this host", or the folder of another root. */
  readonly label: string;
  /** The command line by which programs of this host start hostcfg itself; undefined where they cannot, in another root. */
  readonly hostcfg: readonly string[] | undefined;
  /** A new look at the machine: nothing it answers is older than this call. */
  reader(): Reader;
  /**
   * Creates the folder and the missing ones above it. With a mode that gives others nothing (0700), also one that is
   * there already has to be safe from them: HostError `EPERM` where another user than root and the caller could
   * change what is in it.
   */
  makeFolder(path: string, mode: number): void;
  /**
   * Replaces a file as a whole: new name in the same folder (O_EXCL), content, owner and mode, the old file's access control
   * list and extended attributes, fsync, rename, fsync, fsync of the folder. A cut leaves the old file or the new one, in /boot also
   * for a loader that replays no journal.
   */
  writeFile(path: string, content: string | Uint8Array, attributes: FileAttributes): Written;
  /**
   * Adds a line at the end of a file and fsyncs it; creates the file with mode 0600. A line that a cut has left without
   * its end stays one of its own.
   */
  appendLine(path: string, line: string): void;
  /** Creates a link, or replaces a link or file by one, atomically as {@link writeFile} does. */
  symlink(path: string, target: string): void;
  /**
   * Copies a file of the machine that runs hostcfg into the root (mode 0600) and answers the digest of what it
   * wrote: what was hashed is then what a command reads, whatever happens to the original.
   */
  importFile(from: string, to: string): Digest;
  /**
   * Copies a file of the host to another path of it as a whole, as {@link writeFile} does, and answers the digest of
   * what it read.
   */
  copyFile(from: string, to: string, attributes: FileAttributes): Digest & Written;
  /** Removes a file or link; nothing to remove is no failure. */
  remove(path: string): void;
  /** Removes an empty folder; nothing to remove is no failure. */
  removeFolder(path: string): void;
  /** Flushes the files in a folder (not those in folders below it) and the folder itself to the disk. */
  flush(folder: string): void;
  /** Runs a program that changes the host. Its output goes to `log`, never to the terminal. */
  exec(argv: readonly string[], options: ExecOptions): Promise<ExecOutcome>;
  /** Takes the lock at `path` or answers `undefined` at once when another process holds it. */
  lock(path: string): Promise<Lock | undefined>;
  /**
   * Who holds a record lock (fcntl(2)) on a file of the host, as dpkg and apt do; the lock is not asked for.
   * `undefined` where nobody does, the file is not there, or the kernel does not tell.
   */
  lockHolder(path: string): LockHolder | undefined;
}

export interface Written {
  /**
   * Why the new file has not all of the old one's access control list and extended attributes. Its group may then do
   * nothing with it, for without the list the mode would say more than it did.
   */
  readonly lost?: string;
}

export interface FileAttributes {
  readonly mode: number;
  /** Left out, the file belongs to who runs hostcfg. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface ExecOptions {
  /** Path of the log inside the host's root. */
  readonly log: string;
  readonly timeoutSeconds: number;
  /** A folder inside the host's root whose programs the command and all that it starts find before any other. */
  readonly programs?: string | undefined;
}

export type ExecOutcome =
  | { readonly kind: "exited"; readonly exitCode: number; readonly tail: string }
  | { readonly kind: "killed"; readonly signal: string; readonly tail: string }
  | { readonly kind: "timed-out"; readonly tail: string }
  /** Nothing was run: the program is missing, or commands of this root may not be run. */
  | { readonly kind: "not-run"; readonly why: string };

export interface Lock {
  release(): Promise<void>;
}
