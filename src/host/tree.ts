import type { PackageSearch } from "../archive/deb.ts";
import type { PacmanPackage } from "../archive/pacman-package.ts";
import type { TextSearch } from "../archive/text-search.ts";
import type { Digest, QueryAnswer, Stat } from "./reader.ts";

/**
 * What a machine, another root or a capture answers about *canonical* paths: absolute, no `.` or `..`, and no
 * link in any component but the last. {@link ./link-reader.ts} makes a Reader of it, so that following links
 * inside a root is written once. Every method but `lstat` is only called for what `lstat` has shown.
 * Failures throw HostError.
 */
export interface Tree {
  readonly privileged: boolean;
  lstat(path: string): TreeStat | undefined;
  list(path: string): readonly string[];
  read(path: string): Uint8Array;
  head(path: string, length: number): Uint8Array;
  /**
   * Answers without asking `lstat` first: `undefined` where the path is of another kind, or nothing is there, or
   * anything else is in the way, so that the long way must be gone. Probing reads thousands of small files of sysfs.
   */
  readonly atOnce?: {
    text(path: string): string | undefined;
    head(path: string, length: number): Uint8Array | undefined;
    /** The target of a link as written. */
    link(path: string): string | undefined;
    /** What is in a folder, in the order of `list`, and which of it are folders and links themselves. */
    list(
      path: string,
    ): readonly { readonly name: string; readonly kind: "directory" | "symlink" | "other" }[];
  };
  digest(path: string): Digest;
  search(path: string, texts: readonly string[]): Promise<TextSearch>;
  readPackage(path: string): Promise<PacmanPackage | { readonly why: string }>;
  searchPackage(path: string, texts: readonly string[]): Promise<PackageSearch>;
  freeBytes(path: string): number;
  modifiedAt(path: string): number;
  /** Milliseconds since 1970. */
  now(): number;
  members(path: string, parts: readonly string[]): Promise<readonly string[]>;
  query(argv: readonly string[]): Promise<QueryAnswer>;
}

export interface TreeStat extends Stat {
  /** As written in the link; only for `kind: "symlink"`. */
  readonly target?: string | undefined;
}
