import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import { attemptIfRecorded, attemptLaterIfRecorded } from "../facts/fact.ts";
import type { Diagnostic, Plan, SetEarlier } from "../model/index.ts";
import { JOURNALS } from "../facts/state-folder.ts";
import { readJson } from "../facts/read-document.ts";
import { sha256Of } from "../sha256.ts";
import { withUndone } from "./chain.ts";
import { idOf, journalNumbers } from "./journal.ts";
import type { HistoryEntry } from "./record.ts";
import { commandOf, isFinished, readEvents } from "./record.ts";
import { setEarlier } from "./set-earlier.ts";
import { isOrdinary, pendingTrial } from "./trial.ts";

/** Every record of an apply that began, oldest first. Throws HostError where they may not be read. */
export async function readHistory(reader: Reader): Promise<readonly HistoryEntry[]> {
  const { default: validate } = await import("./validate-plan.gen.js");
  const isPlan = (document: unknown): document is Plan => validate(document);
  const ids = journalNumbers(reader).map(idOf);
  return withUndone(
    ids
      .filter((id) => hasBegun(reader, id))
      .map((id) => {
        const bytes = reader.readFile(posix.join(JOURNALS, id, "plan.json"));
        const document = bytes === undefined ? undefined : readJson(bytes);
        const { planDigest, ...events } = readEvents(reader, id);
        if (bytes === undefined) return damaged(events, "plan.json is missing");
        if (!isPlan(document)) return damaged(events, "plan.json is damaged");
        const entry = { ...events, plan: document };
        const isNoted = planDigest !== undefined || events.damage.length === 0;
        if (isNoted && planDigest !== sha256Of(bytes))
          return damaged(entry, "plan.json is not the one that was applied");
        const open = document.steps.find(({ id: step }) => entry.steps[step] !== "done");
        return entry.result === "applied" && open !== undefined
          ? damaged(entry, `the end is noted, and not that of step ${open.id}`)
          : entry;
      }),
  );
}

/** What {@link setEarlier} says; nothing where the records may not be read, as without root or in a capture. */
export async function readEarlier(reader: Reader): Promise<readonly SetEarlier[]> {
  const ids = attemptIfRecorded(JOURNALS, () => journalNumbers(reader));
  if (!ids.known || ids.value.length === 0) return [];
  const history = await attemptLaterIfRecorded(JOURNALS, () => readHistory(reader));
  return history.known ? setEarlier(history.value) : [];
}

function damaged(entry: HistoryEntry, what: string): HistoryEntry {
  return { ...entry, damage: [what, ...entry.damage] };
}

/**
 * The newest apply that did not come to its end, until a later one does or it is undone. Reads no more records than
 * it needs, for every command asks.
 */
export function unfinishedNow(reader: Reader): HistoryEntry | undefined {
  const undone = new Set<string>();
  // Enabling or disabling verify after an apply that was cut does nothing to finish that.
  let tasksEnded = false;
  // What was taken back took those before it along that did not come to their end.
  let chainUndone = false;
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
      continue;
    }
    const isUndone = undone.has(id) || (undoes !== undefined && undone.has(undoes));
    if (isUndone && undoes === undefined && task === undefined) chainUndone = true;
    if (!isUndone && !(chainUndone && task === undefined) && !(mayBeTask && tasksEnded)) return entry;
  }
  return undefined;
}

/**
 * A record of which nothing is on the disk but its plan is of an apply that was cut before it changed anything: what stood
 * at the paths of a step is kept, and the step noted, before it begins. One that says it is being removed counts no more.
 */
function hasBegun(reader: Reader, id: string): boolean {
  const folder = posix.join(JOURNALS, id);
  const events = reader.readText(posix.join(folder, "events.jsonl")) ?? "";
  if (events.includes('{"event":"removed"}')) return false;
  const kept = reader.list(posix.join(folder, "before")) ?? [];
  const logs = reader.list(folder) ?? [];
  return (
    events.includes("\n") ||
    kept.some((name) => name.endsWith(".json")) ||
    logs.some((name) => name.endsWith(".log"))
  );
}

/** The {@link pendingTrial}; as {@link unfinishedNow} it reads no more records than it needs. */
export function trialNow(reader: Reader): HistoryEntry | undefined {
  const entries: HistoryEntry[] = [];
  for (const number of journalNumbers(reader).toReversed()) {
    if (!hasBegun(reader, idOf(number))) continue;
    const entry = readEvents(reader, idOf(number));
    entries.unshift(entry);
    if (entry.tries !== undefined || (isOrdinary(entry) && isFinished(entry))) break;
  }
  return pendingTrial(reader, withUndone(entries));
}

const NAME_A_SPEC = ["apply", "try", "enable-verify"];

/** What is to be said about {@link unfinishedNow} by every command. */
export function unfinishedWarning(entry: HistoryEntry): Diagnostic {
  const { id, at, undoes, task, result, why } = entry;
  const what =
    undoes !== undefined
      ? `apply ${id}, the undo of ${undoes},`
      : task === undefined
        ? `apply ${id}`
        : `apply ${id}, ${task},`;
  const command = commandOf(entry);
  const words = NAME_A_SPEC.includes(command) ? `${command} SPEC` : command;
  const how = { failed: "failed", interrupted: "was interrupted", cut: "has no end" } as const;
  const ended = result === "applied" || result === "settled" ? "ended" : how[result];
  return {
    severity: "warning",
    code: "apply-interrupted",
    summary: `${what} ${ended}${at === undefined ? "" : ` (${at})`} and was not finished since`,
    detail: why,
    hint:
      undoes === undefined
        ? `finish it: sudo hostcfg ${words}, or take it back: sudo hostcfg undo ${id}`
        : `finish it: sudo hostcfg undo ${undoes}`,
  };
}

/** Whether the apply may have changed anything. */
export function changedSomething({ steps, damage }: HistoryEntry): boolean {
  return damage.length > 0 || Object.values(steps).some((state) => state !== "not-begun");
}

/**
 * Records that must not be cleared away: all since the last apply that came to its end and changed something, for an undo
 * of what did not takes all of them back; and what a warning is about.
 */
export function neededRecords(reader: Reader): readonly string[] {
  const ids = journalNumbers(reader).map(idOf);
  const finished = ids.findLastIndex((id) => {
    if (!hasBegun(reader, id)) return false;
    const entry = readEvents(reader, id);
    const { undoes, task } = entry;
    return isFinished(entry) && undoes === undefined && task === undefined && changedSomething(entry);
  });
  const open = unfinishedNow(reader);
  return [...ids.slice(Math.max(0, finished)), ...(open === undefined ? [] : [open.id])];
}
