import { posix } from "node:path";
import { sha256Of } from "../sha256.ts";
import type { Capture, CapturedPath } from "./capture.ts";
import { searchBytes } from "../archive/search-bytes.ts";
import type { PackageSearch } from "../archive/deb.ts";
import type { PacmanPackage } from "../archive/pacman-package.ts";
import type { TextSearch } from "../archive/text-search.ts";
import type { Digest, QueryAnswer } from "./reader.ts";
import { HostError } from "./reader.ts";
import type { Tree, TreeStat } from "./tree.ts";

const USUAL_MODE = { file: 0o644, directory: 0o755, symlink: 0o777, block: 0o660, other: 0o644 } as const;

/**
 * Answers only what was recorded. Whether a path is absent follows from its folder's recorded listing or from
 * a recorded absence; a question that the capture has no answer to throws HostError `ECAPTURE`: an unasked
 * question must never be answered by the machine that happens to run hostcfg, nor by a guess.
 */
export class CaptureTree implements Tree {
  readonly privileged: boolean;
  readonly #capture: Capture;
  #folders: Set<string> | undefined;

  constructor(capture: Capture) {
    this.#capture = capture;
    this.privileged = capture.privileged;
  }

  lstat(path: string): TreeStat | undefined {
    const entry = this.#entry(path);
    if (entry === undefined || entry.kind === "absent") return undefined;
    return {
      kind: entry.kind,
      size: entry.size ?? contentOf(entry)?.length ?? entry.digest?.size ?? 0,
      mode: entry.mode ?? USUAL_MODE[entry.kind],
      uid: entry.uid ?? 0,
      gid: entry.gid ?? 0,
      target: entry.target,
    };
  }

  list(path: string): readonly string[] {
    return this.#recorded(path, "a listing of", (entry) => entry.entries);
  }

  read(path: string): Uint8Array {
    return this.#recorded(path, "the content of", contentOf);
  }

  head(path: string, length: number): Uint8Array {
    return this.#recorded(path, "the first bytes of", (entry) => {
      const bytes = contentOf(entry) ?? headOf(entry);
      if (bytes === undefined) return undefined;
      const whole = bytes.length >= (entry.size ?? bytes.length);
      return whole || bytes.length >= length ? bytes.subarray(0, length) : undefined;
    });
  }

  digest(path: string): Digest {
    return this.#recorded(path, "the digest of", (entry) => {
      if (entry.digest !== undefined) return entry.digest;
      const content = contentOf(entry);
      if (content === undefined) return undefined;
      return { sha256: sha256Of(content), size: content.length };
    });
  }

  async search(path: string, texts: readonly string[]): Promise<TextSearch> {
    const found = this.#recorded(path, "a search in", (entry) => {
      const wanted = texts.join("\0");
      const asked = entry.searches?.find((search) => search.texts.join("\0") === wanted);
      return asked?.answer ?? contentOf(entry);
    });
    return found instanceof Uint8Array ? searchBytes(found, texts) : found;
  }

  readPackage(path: string): Promise<PacmanPackage> {
    return Promise.reject(gap(path, "the content of the package"));
  }

  searchPackage(path: string): Promise<PackageSearch> {
    return Promise.reject(gap(path, "the content of the package"));
  }

  freeBytes(path: string): number {
    return this.#recorded(path, "the free space at", (entry) => entry.freeBytes);
  }

  modifiedAt(path: string): number {
    return this.#recorded(path, "the time of", (entry) => entry.modifiedAt);
  }

  now(): number {
    return Date.parse(this.#capture.takenAt);
  }

  async members(path: string, parts: readonly string[]): Promise<readonly string[]> {
    const found = this.#recorded(path, "the names in", (entry) => {
      const { members, membersError } = entry;
      if (membersError !== undefined)
        throw new HostError(membersError, path, `${path}: ${membersError} when the capture was taken`);
      // That names were recorded says that it was read to its end, whatever was asked for.
      if (members === undefined) return contentOf(entry);
      const asked = parts.map((part) => members[part]);
      return asked.includes(undefined) ? undefined : asked.flatMap((some) => some ?? []);
    });
    if (!(found instanceof Uint8Array)) return [...new Set(found)].sort();
    const { readInitrd } = await import("../archive/initrd.ts");
    const names = await readInitrd(found);
    if (typeof names !== "string")
      return names.filter((name) => parts.some((part) => name.includes(part))).sort();
    throw new HostError(names === "damaged" ? "EBADMSG" : "ENOTSUP", path, `${path} is ${names}`);
  }

  query(argv: readonly string[]): Promise<QueryAnswer> {
    const wanted = argv.join("\0");
    const found = this.#capture.queries.find((query) => query.argv.join("\0") === wanted);
    if (found === undefined) return Promise.reject(gap(argv.join(" "), "the answer of"));
    return Promise.resolve(found.answer);
  }

  #entry(path: string): CapturedPath | undefined {
    const { paths } = this.#capture;
    if (Object.hasOwn(paths, path)) return paths[path];
    if (path === "/") return { kind: "directory" };
    const folder = posix.dirname(path);
    const parent = this.#entry(folder);
    if (parent === undefined || parent.kind === "absent") return undefined;
    if (parent.entries !== undefined && !parent.entries.includes(posix.basename(path))) return undefined;
    if (this.#foldersOnTheWay().has(path)) return { kind: "directory" };
    throw gap(path, "what stands at");
  }

  /** A folder on the way to something that was recorded is there, whether or not it was asked about itself. */
  #foldersOnTheWay(): ReadonlySet<string> {
    if (this.#folders === undefined) {
      this.#folders = new Set();
      for (const path of Object.keys(this.#capture.paths)) {
        let at = posix.dirname(path);
        for (; at !== "/" && !this.#folders.has(at); at = posix.dirname(at)) this.#folders.add(at);
      }
    }
    return this.#folders;
  }

  #recorded<T>(path: string, what: string, pick: (entry: CapturedPath) => T | undefined): T {
    const entry = this.#entry(path);
    if (entry?.error !== undefined) {
      throw new HostError(entry.error, path, `${path}: ${entry.error} when the capture was taken`);
    }
    const found = entry === undefined ? undefined : pick(entry);
    if (found === undefined) throw gap(path, what);
    return found;
  }
}

function contentOf(entry: CapturedPath): Uint8Array | undefined {
  if (entry.text !== undefined) return Buffer.from(entry.text, "utf8");
  return entry.base64 === undefined ? undefined : Buffer.from(entry.base64, "base64");
}

function headOf({ head }: CapturedPath): Uint8Array | undefined {
  return head === undefined ? undefined : Buffer.from(head, "base64");
}

function gap(subject: string, what: string): HostError {
  return new HostError(
    "ECAPTURE",
    subject,
    `the capture does not hold ${what} ${subject}: take it again on the host with "hostcfg capture SPEC"`,
  );
}
