import { posix } from "node:path";
import { JOURNALS, STATE_FOLDER } from "../facts/state-folder.ts";
import type { Host } from "../host/host.ts";
import type { Plan, Step } from "../model.ts";

export { JOURNALS, STATE_FOLDER };
export const LOCK = `${STATE_FOLDER}/lock`;
/** Copies of the files that a running apply's commands read. */
export const INPUTS = `${STATE_FOLDER}/inputs`;

/** One line of `events.jsonl`. */
type Entry =
  | { readonly event: "apply-started"; readonly hostcfgVersion: string }
  | { readonly event: "step-started"; readonly step: number }
  | { readonly event: "step-done"; readonly step: number }
  | { readonly event: "step-failed"; readonly step: number; readonly why: string }
  | { readonly event: "interrupted" }
  | { readonly event: "applied" };

/** What stood at a path before a step, enough to put it back to the byte. */
export type PreImage =
  | { readonly path: string; readonly kind: "absent" }
  | { readonly path: string; readonly kind: "symlink"; readonly target: string }
  | {
      readonly path: string;
      readonly kind: "file";
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly base64: string;
    }
  /** Too large to be kept, as kernels and initrds are: those are copies of what /boot holds. */
  | {
      readonly path: string;
      readonly kind: "large-file";
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly size: number;
      readonly sha256: string;
    };

/** Bytes up to which the content of a file is kept. */
const MOST_KEPT = 1 << 20;

/**
 * The record of one apply: a folder with the plan, a line for each event, the pre-images and the commands' output.
 * Everything is on the disk before the change that it records. It is history for undo and audit and is never
 * believed: the host is probed each time.
 */
export class Journal {
  readonly folder: string;
  readonly #host: Host;
  readonly #now: () => Date;

  private constructor(host: Host, folder: string, now: () => Date) {
    this.#host = host;
    this.folder = folder;
    this.#now = now;
  }

  /** Numbers, not times, give the order: clocks jump. Call it only while the lock is held. */
  static open(host: Host, plan: Plan, now: () => Date): Journal {
    const numbers = (host.reader().list(JOURNALS) ?? []).map(Number).filter(Number.isInteger);
    const newest = Math.max(0, ...numbers);
    const journal = new Journal(host, folderOf(newest + 1), now);
    clearAfter(host, newest);
    for (const folder of [STATE_FOLDER, JOURNALS, journal.folder, posix.join(journal.folder, "before")]) {
      host.makeFolder(folder, 0o700);
    }
    host.writeFile(posix.join(journal.folder, "plan.json"), `${JSON.stringify(plan, null, 2)}\n`, {
      mode: 0o600,
    });
    journal.note({ event: "apply-started", hostcfgVersion: plan.hostcfgVersion });
    return journal;
  }

  note(entry: Entry): void {
    const line = JSON.stringify({ at: this.#now().toISOString(), ...entry });
    this.#host.appendLine(posix.join(this.folder, "events.jsonl"), line);
  }

  /** Keeps what every path holds that the step will change. */
  keepPreImages(step: Step): void {
    const paths = step.kind === "exec" ? step.touches : [step.path];
    paths.forEach((path, index) => {
      const name = `${String(step.id).padStart(2, "0")}-${index + 1}.json`;
      const text = `${JSON.stringify(this.#preImage(path))}\n`;
      this.#host.writeFile(posix.join(this.folder, "before", name), text, { mode: 0o600 });
    });
  }

  log(step: Step): string {
    return posix.join(this.folder, `step-${String(step.id).padStart(2, "0")}.log`);
  }

  #preImage(path: string): PreImage {
    const reader = this.#host.reader();
    const stat = reader.lstat(path);
    const target = reader.readLink(path);
    if (target !== undefined) return { path, kind: "symlink", target };
    if (stat?.kind !== "file") return { path, kind: "absent" };
    const { mode, uid, gid } = stat;
    if (stat.size > MOST_KEPT) {
      const { sha256 = "", size = stat.size } = reader.digest(path) ?? {};
      return { path, kind: "large-file", mode, uid, gid, size, sha256 };
    }
    const content = reader.readFile(path);
    if (content === undefined) return { path, kind: "absent" };
    return { path, kind: "file", mode, uid, gid, base64: Buffer.from(content).toString("base64") };
  }
}

function folderOf(number: number): string {
  return posix.join(JOURNALS, String(number).padStart(4, "0"));
}

/** Clears away what the apply before this one left if it was killed; its records stay. */
function clearAfter(host: Host, previous: number): void {
  for (const name of host.reader().list(INPUTS) ?? []) host.remove(posix.join(INPUTS, name));
  for (const folder of [".", "before"]) host.sweep(posix.join(folderOf(previous), folder));
}
