import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { Fingerprint, Plan, Task, Trial } from "../model/index.ts";
import { JOURNALS } from "../facts/state-folder.ts";
import { isRecord } from "../facts/json.ts";
import { readJson } from "../facts/read-document.ts";
import type { FingerprintsAfter } from "./journal.ts";
import type { PreImageRecord } from "./pre-images.ts";

/** How far a step came: `begun` is all that is known of one that was cut. */
export type StepState = "done" | "failed" | "begun" | "not-begun";

/** The record of one apply, as far as it can be read. */
export interface HistoryEntry {
  /** Its number, at least four digits. */
  readonly id: string;
  /** ISO 8601, by the host's clock, which may have been wrong; absent where the record is damaged there. */
  readonly at?: string;
  /** The user's name. */
  readonly by?: string;
  /** Digest of the spec, lower-case hex. */
  readonly spec?: string;
  /** The apply that this one takes back. */
  readonly undoes?: string;
  /** What it did, where that was not to apply a spec. */
  readonly task?: Task;
  /** How its plan is tried once. */
  readonly tries?: Trial;
  /** The trial that it keeps. */
  readonly keeps?: string;
  /** It takes hostcfg off the host. */
  readonly leaves?: true;
  /** /proc/sys/kernel/random/boot_id of the boot in which it began. */
  readonly boot?: string;
  /** `cut`: no end is noted, so hostcfg was killed, the power failed, or it still runs. */
  readonly result: "applied" | "settled" | "failed" | "interrupted" | "cut";
  /** Of a failure. */
  readonly why?: string;
  readonly plan?: Plan;
  /** By the ids of the plan's steps. */
  readonly steps: Readonly<Record<number, StepState>>;
  /** Ids of the steps whose command exited with 0. */
  readonly commandsEnded: readonly number[];
  /** For each step that began: the digest of each pre-image by the name of its file. */
  readonly kept: PreImageRecord["kept"];
  /** What the apply left at each path, as far as it was noted. */
  readonly left: FingerprintsAfter;
  /** What of the record cannot be read, a clause each. */
  readonly damage: readonly string[];
  /** The undo that took it back. */
  readonly undoneBy?: string;
}

export function isFinished({ result }: Pick<HistoryEntry, "result">): boolean {
  return result === "applied" || result === "settled";
}

/** The command that carries such a plan out, and that finishes it where it was cut, without its argument. */
export function commandOf({ undoes, task, tries, keeps, leaves }: Purpose): string {
  if (undoes !== undefined) return "undo";
  if (tries !== undefined) return "try";
  if (keeps !== undefined) return "keep";
  return leaves === true ? "leave" : (task ?? "apply");
}

type Purpose = {
  readonly [Key in "undoes" | "task" | "tries" | "keeps" | "leaves"]?: HistoryEntry[Key] | undefined;
};

type Open = { -readonly [Key in keyof Events]: Events[Key] };

/** With what only tells whether the record is whole. */
export type Events = HistoryEntry & { readonly planDigest?: string };

export function readEvents(reader: Reader, id: string): Events {
  const entry: Open = { id, result: "cut", steps: {}, commandsEnded: [], kept: {}, left: {}, damage: [] };
  const text = reader.readText(posix.join(JOURNALS, id, "events.jsonl"));
  if (text === undefined) return { ...entry, damage: ["events.jsonl is missing"] };
  text.split("\n").forEach((line, at) => {
    if (line === "") return;
    const event = readJson(Buffer.from(line));
    if (isRecord(event)) take(event, entry);
    // An event is noted before what it tells of, so one that a cut has left half written hides nothing that was done.
    else if (at === 0 || !isCutOff(line))
      entry.damage = [...entry.damage, `line ${at + 1} of events.jsonl is damaged`];
  });
  return entry;
}

/** The beginning of an object, and not all of it. */
function isCutOff(line: string): boolean {
  const outside = line.replaceAll(/"(?:[^"\\]|\\.)*(?:"|\\?$)/g, "");
  const depth = (outside.match(/[{[]/g) ?? []).length - (outside.match(/[}\]]/g) ?? []).length;
  return line.startsWith("{") && depth > 0;
}

function take(event: Readonly<Record<string, unknown>>, entry: Open): void {
  const step = typeof event["step"] === "number" ? event["step"] : undefined;
  const reach = (state: StepState): void => {
    if (step === undefined) return;
    entry.steps = { ...entry.steps, [step]: state };
    // A step may fail before it begins.
    if (state !== "failed")
      entry.kept = { ...entry.kept, [step]: { ...entry.kept[step], ...digestsOf(event["kept"]) } };
  };
  entry.left = { ...entry.left, ...leftOf(event["left"]) };
  switch (event["event"]) {
    case "apply-started":
      if (typeof event["at"] === "string") entry.at = event["at"];
      if (typeof event["by"] === "string") entry.by = event["by"];
      if (typeof event["spec"] === "string") entry.spec = event["spec"];
      if (typeof event["undoes"] === "string") entry.undoes = event["undoes"];
      if (event["task"] === "enable-verify" || event["task"] === "disable-verify") entry.task = event["task"];
      if (isTrial(event["tries"])) entry.tries = event["tries"];
      if (typeof event["keeps"] === "string") entry.keeps = event["keeps"];
      if (event["leaves"] === true) entry.leaves = true;
      if (typeof event["boot"] === "string") entry.boot = event["boot"];
      if (typeof event["plan"] === "string") entry.planDigest = event["plan"];
      break;
    case "step-started":
      reach("begun");
      break;
    case "command-ended":
      if (step !== undefined) entry.commandsEnded = [...entry.commandsEnded, step];
      break;
    case "step-done":
      reach("done");
      break;
    case "step-failed":
      reach("failed");
      entry.result = "failed";
      if (typeof event["why"] === "string") entry.why = event["why"];
      break;
    case "interrupted":
    case "applied":
    case "settled":
      entry.result = event["event"];
      // An undo found nothing left to take back, so it has no record of its own.
      if (event["undone"] === true) entry.undoneBy = entry.id;
      break;
  }
}

function isTrial(one: unknown): one is Trial {
  return (
    isRecord(one) &&
    (one["decides"] === "person" || one["decides"] === "verification") &&
    typeof one["seconds"] === "number" &&
    typeof one["boot"] === "string"
  );
}

function digestsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(isRecord(value) ? value : {}).filter(
      (pair): pair is [string, string] => typeof pair[1] === "string",
    ),
  );
}

function leftOf(value: unknown): FingerprintsAfter {
  return Object.fromEntries(
    Object.entries(isRecord(value) ? value : {}).filter((pair): pair is [string, Fingerprint] =>
      isFingerprint(pair[1]),
    ),
  );
}

function isFingerprint(one: unknown): one is Fingerprint {
  if (!isRecord(one)) return false;
  switch (one["kind"]) {
    case "absent":
      return true;
    case "symlink":
      return typeof one["target"] === "string";
    case "file":
      return (
        typeof one["sha256"] === "string" &&
        ["mode", "uid", "gid"].every((key) => typeof one[key] === "number")
      );
    default:
      return false;
  }
}
