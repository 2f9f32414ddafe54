import { HostError } from "./reader.ts";
import type { Capture, CapturedPath } from "./capture.ts";
import type { PackageSearch } from "../archive/deb.ts";
import type { PacmanPackage } from "../archive/pacman-package.ts";
import type { TextSearch } from "../archive/text-search.ts";
import type { Digest, QueryAnswer } from "./reader.ts";
import type { Tree, TreeStat } from "./tree.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const USUAL_MODES: Readonly<Record<string, number>> = { file: 0o644, directory: 0o755, symlink: 0o777 };

/** A path, or the words of a program's command line. */
type Subject = string | readonly string[];

/** What was asked of one path, or of one run of a program. */
export interface Asked {
  readonly subject: Subject;
  /** How long all answers took. */
  readonly milliseconds: number;
  /** The name of the error, where there was no answer. */
  readonly error?: string;
  /** What is known of a path; absent where nothing came of the question. */
  readonly path?: CapturedPath;
  readonly answer?: QueryAnswer;
}

/** Passes every question on and keeps the answer: what the probes read becomes a {@link Capture}. */
export class RecordingTree implements Tree {
  readonly privileged: boolean;
  readonly #tree: Tree;
  readonly #paths = new Map<string, Writable<CapturedPath>>();
  readonly #queries: { argv: readonly string[]; answer: QueryAnswer }[] = [];
  readonly #took = new Map<Subject, { milliseconds: number; error?: string }>();
  readonly #clock: () => number;

  /** @param clock In milliseconds, by a clock that only goes forward. */
  constructor(tree: Tree, clock: () => number = () => performance.now()) {
    this.#tree = tree;
    this.#clock = clock;
    this.privileged = tree.privileged;
  }

  /** All that was asked so far, paths in code-unit order. */
  recorded(): Pick<Capture, "paths" | "queries"> {
    const paths = [...this.#paths].sort(([a], [b]) => (a < b ? -1 : 1));
    return { paths: Object.fromEntries(paths), queries: [...this.#queries] };
  }

  /** The same in the order of the first question to each path, with the time that it took. */
  asked(): readonly Asked[] {
    return [...this.#took].map(([subject, took]) => {
      const path = typeof subject === "string" ? this.#paths.get(subject) : undefined;
      const answer = this.#queries.find(({ argv }) => argv === subject)?.answer;
      return { subject, ...took, ...(path && { path }), ...(answer && { answer }) };
    });
  }

  lstat(path: string): TreeStat | undefined {
    const stat = this.#timed(path, () => this.#tree.lstat(path));
    const entry = this.#entry(path);
    if (stat === undefined) {
      entry.kind = "absent";
      return undefined;
    }
    entry.kind = stat.kind;
    if (stat.kind === "file" && stat.size > 0) entry.size = stat.size;
    if (stat.mode !== USUAL_MODES[stat.kind]) entry.mode = stat.mode;
    if (stat.uid !== 0) entry.uid = stat.uid;
    if (stat.gid !== 0) entry.gid = stat.gid;
    if (stat.target !== undefined) entry.target = stat.target;
    return stat;
  }

  list(path: string): readonly string[] {
    const entries = this.#noting(path, () => this.#tree.list(path));
    this.#entry(path).entries = entries;
    return entries;
  }

  read(path: string): Uint8Array {
    const bytes = this.#noting(path, () => this.#tree.read(path));
    const text = decodeExactly(bytes);
    if (text === undefined) this.#entry(path).base64 = Buffer.from(bytes).toString("base64");
    else this.#entry(path).text = text;
    return bytes;
  }

  head(path: string, length: number): Uint8Array {
    const bytes = this.#noting(path, () => this.#tree.head(path, length));
    this.#entry(path).head = Buffer.from(bytes).toString("base64");
    return bytes;
  }

  digest(path: string): Digest {
    const digest = this.#noting(path, () => this.#tree.digest(path));
    this.#entry(path).digest = digest;
    return digest;
  }

  async search(path: string, texts: readonly string[]): Promise<TextSearch> {
    const entry = this.#entry(path);
    try {
      const answer = await this.#timed(path, () => this.#tree.search(path, texts));
      entry.searches = [...(entry.searches ?? []), { texts, answer }];
      return answer;
    } catch (error) {
      if (error instanceof HostError) entry.error = error.code;
      throw error;
    }
  }

  readPackage(path: string): Promise<PacmanPackage | { readonly why: string }> {
    return this.#timed(path, () => this.#tree.readPackage(path));
  }

  searchPackage(path: string, texts: readonly string[]): Promise<PackageSearch> {
    return this.#timed(path, () => this.#tree.searchPackage(path, texts));
  }

  freeBytes(path: string): number {
    const free = this.#noting(path, () => this.#tree.freeBytes(path));
    this.#entry(path).freeBytes = free;
    return free;
  }

  modifiedAt(path: string): number {
    const modified = this.#noting(path, () => this.#tree.modifiedAt(path));
    this.#entry(path).modifiedAt = modified;
    return modified;
  }

  /** A capture says when it was taken. */
  now(): number {
    return this.#tree.now();
  }

  async members(path: string, parts: readonly string[]): Promise<readonly string[]> {
    const entry = this.#entry(path);
    try {
      const names = await this.#timed(path, () => this.#tree.members(path, parts));
      const of = (part: string) => [part, names.filter((name) => name.includes(part))] as const;
      entry.members = { ...entry.members, ...Object.fromEntries(parts.map(of)) };
      return names;
    } catch (error) {
      // Of its own, since the file's bytes can be read well enough to be hashed.
      if (error instanceof HostError && error.code !== "ECAPTURE") entry.membersError = error.code;
      throw error;
    }
  }

  async query(argv: readonly string[]): Promise<QueryAnswer> {
    const answer = await this.#timed(argv, () => this.#tree.query(argv));
    this.#queries.push({ argv, answer });
    return answer;
  }

  #entry(path: string): Writable<CapturedPath> {
    const known = this.#paths.get(path);
    if (known !== undefined) return known;
    const entry: Writable<CapturedPath> = { kind: "other" };
    this.#paths.set(path, entry);
    return entry;
  }

  /** A refusal is an answer too: a plan from the capture must meet the same one. */
  #noting<T>(path: string, act: () => T): T {
    try {
      return this.#timed(path, act);
    } catch (error) {
      if (error instanceof HostError) this.#entry(path).error = error.code;
      throw error;
    }
  }

  #timed<T>(subject: Subject, act: () => T): T {
    const from = this.#clock();
    const ended = (error?: unknown): void => {
      const before = this.#took.get(subject) ?? { milliseconds: 0 };
      const milliseconds = before.milliseconds + this.#clock() - from;
      this.#took.set(subject, {
        ...before,
        milliseconds,
        ...(error === undefined ? {} : { error: codeOf(error) }),
      });
    };
    try {
      const answer = act();
      if (answer instanceof Promise)
        answer.then(() => {
          ended();
        }, ended);
      else ended();
      return answer;
    } catch (error) {
      ended(error);
      throw error;
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof HostError ? error.code : "failed";
}

/** The text of bytes that are UTF-8 through and through; otherwise undefined, so that nothing is lost. */
function decodeExactly(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
