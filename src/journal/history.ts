import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { Diagnostic, Fingerprint, Plan, Task } from "../model/index.ts";
import { JOURNALS } from "../facts/state-folder.ts";
import { idOf, journalNumbers } from "./journal.ts";
import type { FingerprintsAfter } from "./journal.ts";
import { readJson } from "../facts/read-document.ts";

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
  /** What the apply left at each path, as far as it was noted. */
  readonly left: FingerprintsAfter;
  /** What of the record cannot be read, a clause each. */
  readonly damage: readonly string[];
  /** The undo that took it back. */
  readonly undoneBy?: string;
}

/** Every record, oldest first. Throws HostError where they may not be read. */
export async function readHistory(reader: Reader): Promise<readonly HistoryEntry[]> {
  const { default: validate } = await import("./validate-plan.gen.js");
  const isPlan = (document: unknown): document is Plan => validate(document);
  const entries = journalNumbers(reader).map((number) => {
    const id = idOf(number);
    const bytes = reader.readFile(posix.join(JOURNALS, id, "plan.json"));
    const document = bytes === undefined ? undefined : readJson(bytes);
    const events = readEvents(reader, id);
    if (isPlan(document)) return { ...events, plan: document };
    const why = bytes === undefined ? "plan.json is missing" : "plan.json is damaged";
    return { ...events, damage: [why, ...events.damage] };
  });
  return withUndone(entries);
}

/**
 * The newest apply that did not come to its end, until a later one does or it is undone. Reads no more records than
 * it needs, for every command asks.
 */
export function unfinishedNow(reader: Reader): HistoryEntry | undefined {
  const undone = new Set<string>();
  // Enabling or disabling verify after an apply that was cut does nothing to finish that.
  let tasksEnded = false;
  for (const number of journalNumbers(reader).toReversed()) {
    if (!hasBegun(reader, idOf(number))) continue;
    const entry = readEvents(reader, idOf(number));
    const { id, undoes, task, spec } = entry;
    // One that was cut before its first line may have been either.
    const mayBeTask = task !== undefined || spec === undefined;
    if (isFinished(entry)) {
      if (undoes !== undefined) undone.add(undoes);
      else if (task === undefined) return undefined;
      else tasksEnded = true;
    } else if (!undone.has(id) && (undoes === undefined || !undone.has(undoes)) && !(mayBeTask && tasksEnded))
      return entry;
  }
  return undefined;
}

/**
 * A record of which nothing is on the disk but its plan is of an apply that was cut before it changed anything: a step is
 * noted, and what stood there is kept, before it begins.
 */
function hasBegun(reader: Reader, id: string): boolean {
  const events = reader.readText(posix.join(JOURNALS, id, "events.jsonl")) ?? "";
  const kept = reader.list(posix.join(JOURNALS, id, "before")) ?? [];
  return events.includes("\n") || kept.some((name) => name.endsWith(".json"));
}

/** What is to be said about {@link unfinishedNow} by every command. */
export function unfinishedWarning({ id, at, undoes, task, result, why }: HistoryEntry): Diagnostic {
  const what =
    undoes !== undefined
      ? `apply ${id}, the undo of ${undoes},`
      : task === undefined
        ? `apply ${id}`
        : `apply ${id}, ${task},`;
  const command = task === undefined ? "apply SPEC" : task === "enable-verify" ? `${task} SPEC` : task;
  const how = { failed: "failed", interrupted: "was interrupted", cut: "has no end" } as const;
  const ended = result === "applied" || result === "settled" ? "ended" : how[result];
  return {
    severity: "warning",
    code: "apply-interrupted",
    summary: `${what} ${ended}${at === undefined ? "" : ` (${at})`} and was not finished since`,
    ...(why === undefined ? {} : { detail: why }),
    hint:
      undoes === undefined
        ? `finish it: sudo hostcfg ${command}, or take it back: sudo hostcfg undo ${id}`
        : `finish it: sudo hostcfg undo ${undoes}`,
  };
}

export function isFinished({ result }: Pick<HistoryEntry, "result">): boolean {
  return result === "applied" || result === "settled";
}

/** Whether the apply may have changed anything. */
export function changedSomething({ steps, damage }: HistoryEntry): boolean {
  return damage.length > 0 || Object.values(steps).some((state) => state !== "not-begun");
}

/** Records that must not be cleared away: what a warning is about, and the last apply that came to its end. */
export function neededRecords(reader: Reader): readonly string[] {
  const ids = journalNumbers(reader).map(idOf).toReversed();
  const finished = ids.find((id) => isFinished(readEvents(reader, id)));
  const open = unfinishedNow(reader);
  return [...(finished === undefined ? [] : [finished]), ...(open === undefined ? [] : [open.id])];
}

/** An undo that was itself undone takes nothing back any more. */
function withUndone(entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const undoneBy = new Map<string, string>();
  for (const entry of entries.toReversed()) {
    if (entry.undoes !== undefined && isFinished(entry) && !undoneBy.has(entry.id))
      undoneBy.set(entry.undoes, undoneBy.get(entry.undoes) ?? entry.id);
  }
  return entries.map((entry) => {
    const by = undoneBy.get(entry.id);
    return by === undefined ? entry : { ...entry, undoneBy: by };
  });
}

type Open = { -readonly [Key in keyof HistoryEntry]: HistoryEntry[Key] };

function readEvents(reader: Reader, id: string): HistoryEntry {
  const entry: Open = { id, result: "cut", steps: {}, commandsEnded: [], left: {}, damage: [] };
  const text = reader.readText(posix.join(JOURNALS, id, "events.jsonl"));
  if (text === undefined) return { ...entry, damage: ["events.jsonl is missing"] };
  text.split("\n").forEach((line, at) => {
    if (line === "") return;
    const event = objectOf(readJson(Buffer.from(line)));
    if (event !== undefined) take(event, entry);
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
    if (step !== undefined) entry.steps = { ...entry.steps, [step]: state };
  };
  entry.left = { ...entry.left, ...leftOf(event["left"]) };
  switch (event["event"]) {
    case "apply-started":
      if (typeof event["at"] === "string") entry.at = event["at"];
      if (typeof event["by"] === "string") entry.by = event["by"];
      if (typeof event["spec"] === "string") entry.spec = event["spec"];
      if (typeof event["undoes"] === "string") entry.undoes = event["undoes"];
      if (event["task"] === "enable-verify" || event["task"] === "disable-verify") entry.task = event["task"];
      if (typeof event["boot"] === "string") entry.boot = event["boot"];
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

function leftOf(value: unknown): FingerprintsAfter {
  return Object.fromEntries(
    Object.entries(objectOf(value) ?? {}).filter((pair): pair is [string, Fingerprint] =>
      isFingerprint(pair[1]),
    ),
  );
}

function isFingerprint(value: unknown): value is Fingerprint {
  const one = objectOf(value);
  switch (one?.["kind"]) {
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

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = (one: unknown): one is Readonly<Record<string, unknown>> =>
    typeof one === "object" && one !== null && !Array.isArray(one);
  return isObject(value) ? value : undefined;
}
