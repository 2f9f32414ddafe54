import type { TextSearch } from "../archive/text-search.ts";
import type { Digest, QueryAnswer } from "./reader.ts";

/**
 * A recorded host: what the probes read, as one JSON document (schemas/capture-v1.json). A plan made from it
 * equals the plan made on the host, and the recorded hosts of the tests are such files.
 */
export interface Capture {
  readonly formatVersion: "1.0";
  readonly hostcfgVersion: string;
  /** ISO 8601 in UTC. */
  readonly takenAt: string;
  /** Whether the recorder had effective user id 0. */
  readonly privileged: boolean;
  /** By canonical path (absolute, free of links but in its last component). */
  readonly paths: Readonly<Record<string, CapturedPath>>;
  readonly queries: readonly { readonly argv: readonly string[]; readonly answer: QueryAnswer }[];
}

/** What was asked about one path; a property that was not asked for is left out. */
export interface CapturedPath {
  readonly kind: "file" | "directory" | "symlink" | "block" | "other" | "absent";
  /** Bytes; left out for 0 and for kinds without a size. */
  readonly size?: number;
  /** Permission bits; left out for 0644 (files), 0755 (directories) and 0777 (links). */
  readonly mode?: number;
  /** Left out for 0. */
  readonly uid?: number;
  readonly gid?: number;
  /** Of a link, as written. */
  readonly target?: string | undefined;
  /** Of a directory: every name in it. A name that is not in it is known to be absent. */
  readonly entries?: readonly string[];
  /** Of a file that is valid UTF-8. */
  readonly text?: string;
  /** Of any other file. */
  readonly base64?: string;
  /** The first bytes of a file that was not read whole, in base64. */
  readonly head?: string;
  readonly digest?: Digest;
  /** Searches for texts in a file whose content is too large to be recorded. */
  readonly searches?: readonly { readonly texts: readonly string[]; readonly answer: TextSearch }[];
  readonly freeBytes?: number;
  /** Of an initrd: the names in it, by the text that they were asked for by. */
  readonly members?: Readonly<Record<string, readonly string[]>>;
  /** errno name of the attempt to read it as an initrd to its end, e.g. `EBADMSG`. */
  readonly membersError?: string;
  /** Whole milliseconds since 1970. */
  readonly modifiedAt?: number;
  /** errno name of the attempt to read the content or the listing, e.g. `EACCES`. */
  readonly error?: string;
}
