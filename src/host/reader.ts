import type { PackageSearch } from "../archive/deb.ts";
import type { PacmanPackage } from "../archive/pacman-package.ts";
import type { TextSearch } from "../archive/text-search.ts";

/**
 * The reading half of the seam: all that a probe may ask of a machine.
 *
 * Paths are absolute inside the host; links are followed inside its root and never out of it. Absent is
 * `undefined`; every other failure throws {@link HostError} with the path and the errno name. File calls are
 * synchronous so that thousands of small sysfs reads are cheap and their order is the order of the code.
 */
export interface Reader {
  /** Whether the reader has effective user id 0 (for a capture: whether the recorder had). */
  readonly privileged: boolean;

  /** lstat: does not follow a link in the last component. */
  lstat(path: string): Stat | undefined;
  /** stat: follows links inside the root; `undefined` for a dangling link. */
  stat(path: string): Stat | undefined;
  /** Where `path` ends inside the root once every link is followed; `undefined` when it does not exist. */
  realPath(path: string): string | undefined;
  /** Target as written; `undefined` when there is nothing or something else than a link. */
  readLink(path: string): string | undefined;
  /** Names in a directory, sorted by code unit; `undefined` when there is none. */
  list(path: string): readonly string[] | undefined;
  /** The whole file. */
  readFile(path: string): Uint8Array | undefined;
  /** The whole file as UTF-8. */
  readText(path: string): string | undefined;
  /** The first bytes of a file that may be large, `length` of them or, of a shorter file, all. */
  head(path: string, length: number): Uint8Array | undefined;
  /** Lower-case hex sha256 and size in bytes of a file of any size, read in pieces. */
  digest(path: string): Digest | undefined;
  /**
   * Which of these ASCII texts a file of any size holds; a kernel image is unpacked for it. The answer is small where
   * the content is not, so that a recorded host can hold it.
   */
  search(path: string, texts: readonly string[]): Promise<TextSearch | undefined>;
  /** What a package of pacman's says of itself. Never recorded: packages are no part of a host. */
  readPackage(path: string): Promise<PacmanPackage | { readonly why: string } | undefined>;
  /** {@link search} for the kernels that a package would bring. */
  searchPackage(path: string, texts: readonly string[]): Promise<PackageSearch | undefined>;
  /** Bytes that root may still write on the file system that holds `path` (statfs(2) f_bavail × f_bsize). */
  freeBytes(path: string): number | undefined;
  /** When a file's content was last changed (st_mtime), in whole milliseconds since 1970. */
  modifiedAt(path: string): number | undefined;
  /**
   * What time it is by the machine's clock, in whole milliseconds since 1970; of a capture, when it was taken. A time of
   * a file after it tells that the clock was set back since, or that somebody set that time (utimensat(2)).
   */
  now(): number;
  /**
   * The names of the files in an initrd that hold one of these texts, sorted. Throws HostError `EBADMSG` where the
   * initrd is damaged or cut off, and `ENOTSUP` where a part of it is in a format that hostcfg does not read.
   */
  members(path: string, parts: readonly string[]): Promise<readonly string[] | undefined>;
  /**
   * Asks a program that only reads, from a fixed allow-list ({@link ./queries.ts}). `ran: false` with the
   * reason where this reader cannot run programs of the host, or the program is not there. One that was killed or
   * took too long throws HostError `EQUERY`.
   */
  query(argv: readonly string[]): Promise<QueryAnswer>;
}

export interface Stat {
  readonly kind: "file" | "directory" | "symlink" | "block" | "other";
  /** Bytes. */
  readonly size: number;
  /** Permission bits only, e.g. 0o644. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface Digest {
  readonly sha256: string;
  readonly size: number;
}

export type QueryAnswer =
  | { readonly ran: true; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly ran: false; readonly why: string };

/** A call on the machine failed for another reason than absence. */
export class HostError extends Error {
  /**
   * errno name (`EACCES`), `ECAPTURE` for a question that a capture has no answer to, or `EQUERY` for a program that
   * gave none.
   */
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string, message: string) {
    super(message);
    this.name = "HostError";
    this.code = code;
    this.path = path;
  }
}
