import { posix } from "node:path";
import { JOURNALS, STATE_FOLDER } from "../facts/state-folder.ts";
import { readRunning } from "../facts/running.ts";
import type { Host, LockHolder } from "../host/host.ts";
import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import type { Fingerprint, Plan, Step, Task, Trial } from "../model/index.ts";
import { fingerprint } from "./fingerprint.ts";
import { removeTemporaryFiles } from "./temporary-files.ts";
import { digestOf } from "../spec/include.ts";
import { sha256Of } from "../sha256.ts";
import type { KeptImage, PreImage, PreImageRecord } from "./pre-images.ts";
import { imageName, pathsOf, readPreImages } from "./pre-images.ts";

export const LOCK = `${STATE_FOLDER}/lock`;

/** One line of `events.jsonl`. */
type Entry =
  | {
      readonly event: "apply-started";
      readonly hostcfgVersion: string;
      readonly by?: string | undefined;
      readonly undoes?: string | undefined;
      readonly task?: Task | undefined;
      readonly tries?: Trial | undefined;
      readonly keeps?: string | undefined;
      readonly leaves?: true | undefined;
      /** This boot's id, by which it can be told later whether a reboot came after. */
      readonly boot?: string;
      readonly spec: string;
      /** Digest of plan.json. */
      readonly plan: string;
    }
  /** Another program worked on the packages; the step, or the apply, began after that. */
  | {
      readonly event: "waited";
      readonly step?: number;
      readonly lock: string;
      readonly holder: LockHolder;
      readonly seconds: number;
    }
  /** Its pre-images are on the disk: the digest of each, by the name of its file. */
  | { readonly event: "step-started"; readonly step: number; readonly kept: Readonly<Record<string, string>> }
  /** The command of the step exited with 0, whatever it did. */
  | { readonly event: "command-ended"; readonly step: number }
  | { readonly event: "step-done"; readonly step: number; readonly left: FingerprintsAfter }
  | {
      readonly event: "step-failed";
      readonly step: number;
      readonly why: string;
      readonly left: FingerprintsAfter;
    }
  /** A file was written, and could not be given all that the old one had. */
  | { readonly event: "attributes-lost"; readonly path: string; readonly why: string }
  /** The default goes back to what it was before, for another boot came than was promised. */
  | { readonly event: "giving-back"; readonly paths: readonly string[] }
  | { readonly event: "interrupted"; readonly left: FingerprintsAfter }
  | { readonly event: "applied"; readonly left: FingerprintsAfter }
  /** Added to the record of an apply that did not finish, once a later one found that nothing was left to do. */
  | { readonly event: "settled"; readonly undone?: true };

/** What stood at each path that was changed so far, so that undo can tell whether the host has moved on since. */
export type FingerprintsAfter = Readonly<Record<string, Fingerprint>>;

export interface JournalOptions {
  /** Who applies, for `history`: a user's name. */
  readonly by?: string | undefined;
  /** How many records are kept, this one included. */
  readonly keep?: number | undefined;
  /** Records that are kept however old they are. */
  readonly needed?: readonly string[];
}

export const KEPT_JOURNALS = 50;

/** Bytes up to which the content of a file is kept. */
const MOST_KEPT = 1 << 20;

/**
 * The record of one apply: a folder with the plan, a line for each event, the pre-images and the commands' output.
 * Everything is on the disk before the change that it records. It is history for undo and audit and is never
 * believed: the host is probed each time.
 */
export class Journal {
  readonly id: string;
  readonly folder: string;
  readonly #host: Host;
  readonly #now: () => Date;
  readonly #changed = new Set<string>();
  readonly #kept: Record<number, Readonly<Record<string, string>>> = {};
  readonly #plan: Plan;

  private constructor(host: Host, plan: Plan, number: number, now: () => Date) {
    this.#host = host;
    this.#plan = plan;
    this.id = idOf(number);
    this.folder = folderOf(number);
    this.#now = now;
  }

  /** Numbers, not times, give the order: clocks jump. Call it only while the lock is held. */
  static open(host: Host, plan: Plan, now: () => Date, options: JournalOptions = {}): Journal {
    const { by, keep = KEPT_JOURNALS, needed = [] } = options;
    const numbers = journalNumbers(host.reader());
    prune(host, numbers, keep - 1, needed);
    const newest = Math.max(0, ...numbers);
    const journal = new Journal(host, plan, newest + 1, now);
    removeTemporaryFiles(host, newest === 0 ? undefined : idOf(newest));
    try {
      journal.#begin(by);
    } catch (error) {
      if (error instanceof HostError) journal.discard();
      throw error;
    }
    return journal;
  }

  #begin(by: string | undefined): void {
    const [host, plan] = [this.#host, this.#plan];
    for (const folder of [STATE_FOLDER, JOURNALS, this.folder, posix.join(this.folder, "before")]) {
      host.makeFolder(folder, 0o700);
    }
    const text = `${JSON.stringify(plan, null, 2)}\n`;
    host.writeFile(posix.join(this.folder, "plan.json"), text, { mode: 0o600 });
    const { hostcfgVersion, undoes, task, trial, keeps, leaves } = plan;
    const { bootId } = readRunning(host.reader());
    this.note({
      event: "apply-started",
      hostcfgVersion,
      spec: digestOf(plan.spec),
      plan: sha256Of(text),
      by,
      undoes,
      task,
      tries: trial,
      keeps,
      leaves,
      ...(bootId.known ? { boot: bootId.value } : {}),
    });
  }

  /** What it says of its pre-images so far. */
  get record(): PreImageRecord {
    return { id: this.id, plan: this.#plan, kept: this.#kept };
  }

  note(entry: Entry): void {
    const line = JSON.stringify({ at: this.#now().toISOString(), ...entry });
    this.#host.appendLine(posix.join(this.folder, "events.jsonl"), line);
  }

  /** Keeps what every path holds that the step will change, then notes that it begins. */
  begin(step: Step): void {
    const kept = pathsOf(step).map((path, index) => {
      this.#changed.add(path);
      const name = imageName(step, index);
      const text = `${JSON.stringify(this.#preImage(path))}\n`;
      this.#host.writeFile(posix.join(this.folder, "before", name), text, { mode: 0o600 });
      return [name, sha256Of(text)] as const;
    });
    const names = Object.fromEntries(kept);
    this.note({ event: "step-started", step: step.id, kept: names });
    this.#kept[step.id] = names;
  }

  /** Whether each path that was to be changed is as it was, folders included. No program may have run. */
  isUntouched(): boolean {
    const reader = this.#host.reader();
    const { images } = readPreImages(reader, this.record);
    return images.every(
      (image) => JSON.stringify(this.#preImage(image.path)) === JSON.stringify(withoutStep(image)),
    );
  }

  /** Takes the record away of an apply that changed nothing; one that cannot be taken away stays. */
  discard(): void {
    try {
      removeTemporaryFiles(this.#host, this.id);
      removeRecord(this.#host, this.folder);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }

  done(step: Step): void {
    this.note({ event: "step-done", step: step.id, left: leftAt(this.#host.reader(), pathsOf(step)) });
  }

  /** Commands may have rewritten what an earlier step wrote, so the end of an apply looks at all its paths again. */
  left(): FingerprintsAfter {
    try {
      return leftAt(this.#host.reader(), [...this.#changed]);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return {};
    }
  }

  log(step: Step): string {
    return posix.join(this.folder, `step-${String(step.id).padStart(2, "0")}.log`);
  }

  #preImage(path: string): PreImage {
    const reader = this.#host.reader();
    const stat = reader.lstat(path);
    const target = reader.readLink(path);
    if (target !== undefined) return { path, kind: "symlink", target };
    if (stat?.kind !== "file") return absent(reader, path);
    const { mode, uid, gid } = stat;
    if (stat.size > MOST_KEPT) {
      const { sha256 = "", size = stat.size } = reader.digest(path) ?? {};
      return { path, kind: "large-file", mode, uid, gid, size, sha256 };
    }
    const content = reader.readFile(path);
    if (content === undefined) return absent(reader, path);
    return { path, kind: "file", mode, uid, gid, base64: Buffer.from(content).toString("base64") };
  }
}

function absent(reader: Reader, path: string): PreImage {
  const folders: string[] = [];
  for (let at = posix.dirname(path); at !== "/" && reader.stat(at) === undefined; at = posix.dirname(at))
    folders.push(at);
  return { path, kind: "absent", ...(folders.length === 0 ? {} : { folders }) };
}

function withoutStep({ step: _step, name: _name, ...image }: KeptImage): PreImage {
  return image;
}

function leftAt(reader: Reader, paths: readonly string[]): FingerprintsAfter {
  return Object.fromEntries(paths.map((path) => [path, fingerprint(reader, path)]));
}

/** The numbers of all records, oldest first. Throws HostError where they may not be read. */
export function journalNumbers(reader: Reader): readonly number[] {
  return (reader.list(JOURNALS) ?? [])
    .filter((name) => /^\d{4,}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

export function idOf(number: number): string {
  return String(number).padStart(4, "0");
}

function folderOf(number: number): string {
  return posix.join(JOURNALS, idOf(number));
}

/** Notes in the record of an apply that did not finish that nothing is left of it. Only while the lock is held. */
export function settle(host: Host, id: string, now: () => Date, isTakenBack: boolean): void {
  const undone = isTakenBack ? { undone: true } : {};
  const line = JSON.stringify({ at: now().toISOString(), event: "settled", ...undone });
  host.appendLine(posix.join(JOURNALS, id, "events.jsonl"), line);
}

/** A record that cannot be removed now is removed by the next apply, and stops none. */
function prune(host: Host, numbers: readonly number[], keep: number, needed: readonly string[]): void {
  const old = numbers.slice(0, Math.max(0, numbers.length - keep));
  for (const number of old.filter((one) => !needed.includes(idOf(one)))) {
    try {
      removeRecord(host, folderOf(number));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }
}

/** Says so in the record first: one of which half is gone is damaged by nobody. */
function removeRecord(host: Host, folder: string): void {
  const reader = host.reader();
  const events = posix.join(folder, "events.jsonl");
  if (reader.lstat(events) !== undefined) markRemoved(host, events);
  const before = posix.join(folder, "before");
  for (const one of [before, folder]) {
    for (const name of reader.list(one) ?? []) {
      const path = posix.join(one, name);
      if (path !== events && path !== before) host.remove(path);
    }
  }
  host.removeFolder(before);
  host.remove(events);
  host.removeFolder(folder);
}

/** On a full disk it cannot be said, and the record goes all the same. */
function markRemoved(host: Host, events: string): void {
  try {
    host.appendLine(events, JSON.stringify({ event: "removed" }));
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}
