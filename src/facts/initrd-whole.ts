import { HostError } from "../host/reader.ts";
import type { Reader } from "../host/reader.ts";
import type { Fact } from "../model/index.ts";
import { attempt, attemptLaterIfRecorded } from "./fact.ts";

/** By path: whether an initrd can be read to its end. False where it is damaged or cut off. */
export type WholeInitrds = ReadonlyMap<string, Fact<boolean>>;

/**
 * What was found of initrds before, by their digests (the times of FAT are too coarse): an apply looks after every step,
 * and reading one to its end takes a good part of a second.
 */
export type SeenInitrds = Map<string, Fact<boolean>>;

/** Reads these initrds to their ends. */
export async function readWholeInitrds(
  reader: Reader,
  paths: readonly string[],
  seen?: SeenInitrds,
): Promise<WholeInitrds> {
  const found = new Map<string, Fact<boolean>>();
  for (const path of new Set(paths)) {
    const digest = seen === undefined ? undefined : digestOf(reader, path);
    const key = digest === undefined ? undefined : `${path} ${digest}`;
    const whole = (key === undefined ? undefined : seen?.get(key)) ?? (await readWhole(reader, path));
    if (key !== undefined) seen?.set(key, whole);
    found.set(path, whole);
  }
  return found;
}

function digestOf(reader: Reader, path: string): string | undefined {
  const digest = attempt(path, () => reader.digest(path)?.sha256);
  return digest.known ? digest.value : undefined;
}

/** No plan asks this, so a capture that does not tell it is none the worse for everything else. */
function readWhole(reader: Reader, path: string): Promise<Fact<boolean>> {
  return attemptLaterIfRecorded(path, async () => {
    try {
      return (await reader.members(path, [])) === undefined ? undefined : true;
    } catch (error) {
      if (error instanceof HostError && error.code === "EBADMSG") return false;
      throw error;
    }
  });
}
