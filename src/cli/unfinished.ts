import { HostError } from "../host/reader.ts";
import type { Diagnostic } from "../model/index.ts";
import { readRunning } from "../facts/running.ts";
import { trialWarning } from "../journal/trial.ts";
import { unfinishedWarning } from "../journal/history.ts";
import type { Call } from "./command.ts";
import type { Opened } from "./io.ts";

/** A warning of a pending trial, or of an apply that was not finished; none where the records may not be read, as without root. */
export function unfinished({ engine }: Call, opened: Opened): readonly Diagnostic[] {
  if (opened.host === undefined) return [];
  try {
    const reader = opened.reader();
    const trial = engine.trialNow(reader);
    if (trial !== undefined) return [trialWarning(trial, readRunning(reader))];
    const entry = engine.unfinishedNow(reader);
    return entry === undefined ? [] : [unfinishedWarning(entry)];
  } catch (error) {
    if (error instanceof HostError) return [];
    throw error;
  }
}
