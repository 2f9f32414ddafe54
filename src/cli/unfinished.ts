import { HostError } from "../host/reader.ts";
import type { Diagnostic } from "../model/index.ts";
import { unfinishedWarning } from "../journal/history.ts";
import type { Call } from "./command.ts";
import type { Opened } from "./io.ts";

/** A warning of an apply that was not finished; none where the records may not be read, as without root. */
export function unfinished({ engine }: Call, opened: Opened): readonly Diagnostic[] {
  if (opened.host === undefined) return [];
  try {
    const entry = engine.unfinishedNow(opened.reader());
    return entry === undefined ? [] : [unfinishedWarning(entry)];
  } catch (error) {
    if (error instanceof HostError) return [];
    throw error;
  }
}
