import { posix } from "node:path";
import { JOURNALS, STATE_FOLDER } from "../facts/state-folder.ts";
import type { Host } from "../host/host.ts";
import type { Reader } from "../host/reader.ts";
import { isTemporaryName } from "../host/temporary-name.ts";
import { imagedPaths } from "./pre-images.ts";

/** Copies of the files that a running apply's commands read. */
export const INPUTS = `${STATE_FOLDER}/inputs`;

/** Programs of hostcfg's own that a running apply's commands find first. */
export const PROGRAMS = `${STATE_FOLDER}/programs`;

/** Where a command's programs make initrds (platform/own-program.ts); no step of hostcfg's own writes there. */
const INITRDS = "/boot";

/**
 * What the newest apply has left lying about, if it was killed or could not clear away: copies of packages, own programs, and new files
 * that never took the place of the old ones. It kept the old content of each path that it was about to write, so these
 * tell the folders.
 *
 * @param newest The id of its record, undefined where there is none.
 */
export function temporaryFiles(reader: Reader, newest: string | undefined): readonly string[] {
  const below = (folder: string): string[] =>
    (reader.list(folder) ?? []).map((name) => posix.join(folder, name));
  return [
    ...[INPUTS, PROGRAMS].flatMap(below),
    ...foldersOf(reader, newest).flatMap(below).filter(isTemporary),
  ];
}

/** Only while the lock is held. */
export function removeTemporaryFiles(host: Host, newest: string | undefined): void {
  for (const path of temporaryFiles(host.reader(), newest)) host.remove(path);
}

function isTemporary(path: string): boolean {
  return isTemporaryName(posix.basename(path));
}

function foldersOf(reader: Reader, newest: string | undefined): readonly string[] {
  if (newest === undefined) return [];
  const record = posix.join(JOURNALS, newest);
  const written = imagedPaths(reader, newest).map((path) => posix.dirname(path));
  return [...new Set([record, posix.join(record, "before"), STATE_FOLDER, INITRDS, ...written])];
}
