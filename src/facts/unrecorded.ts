import { HostError } from "../host/reader.ts";

/**
 * For what hostcfg has only begun to ask: a capture from before holds no answer, and the plan is made without it. Of all
 * else, a gap in a capture is a failure (see ./fact.ts).
 *
 * @param read Answers `undefined` when there is nothing to read, as here where it was not recorded.
 */
export function ifRecorded<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isGap(error)) return undefined;
    throw error;
  }
}

/** {@link ifRecorded} for a read that takes its time. */
export async function ifRecordedLater<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isGap(error)) return undefined;
    throw error;
  }
}

/** A question that a capture has no answer to. */
export function isGap(error: unknown): error is HostError & { readonly code: "ECAPTURE" } {
  return error instanceof HostError && error.code === "ECAPTURE";
}
