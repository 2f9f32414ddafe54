import { HostError } from "../host/reader.ts";
import type { Fact, Known, Unknown } from "../model/index.ts";
import { isGap } from "./unrecorded.ts";

export function known<T>(value: T): Known<T> {
  return { known: true, value };
}

/** @param why One clause for a person, without a full stop, e.g. `this host has no dpkg`. */
export function unknown(why: string): Unknown {
  return { known: false, why };
}

/**
 * Reads a fact, and turns a read that the machine refuses into an unknown fact with the reason.
 *
 * A gap in a capture (HostError `ECAPTURE`) is thrown on, and so is every error that is no HostError: they are
 * faults of the recording or of hostcfg, and a plan must not be made around them.
 *
 * @param what What is read, to follow the word "reading", e.g. `/proc/cmdline`.
 * @param read Answers `undefined` when there is nothing to read.
 * @param absent The clause for that answer.
 */
export function attempt<T>(
  what: string,
  read: () => T | undefined,
  absent = `${what} is not there`,
): Fact<T> {
  try {
    const value = read();
    return value === undefined ? unknown(absent) : known(value);
  } catch (error) {
    return refused(what, error);
  }
}

/**
 * {@link attempt} for what older captures were never asked, and nothing but an explanation rests on: of those it is
 * unknown.
 */
export function attemptIfRecorded<T>(what: string, read: () => T | undefined, absent?: string): Fact<T> {
  try {
    return attempt(what, read, absent);
  } catch (error) {
    return unrecorded(what, error);
  }
}

/** The same for a read that takes its time. */
export async function attemptLaterIfRecorded<T>(
  what: string,
  read: () => Promise<T | undefined>,
): Promise<Fact<T>> {
  try {
    return await attemptLater(what, read);
  } catch (error) {
    return unrecorded(what, error);
  }
}

function unrecorded(what: string, error: unknown): Unknown {
  if (!isGap(error)) throw error;
  return unknown(`the capture does not hold ${what}`);
}

/** {@link attempt} for a read that takes its time. */
export async function attemptLater<T>(
  what: string,
  read: () => Promise<T | undefined>,
  absent = `${what} is not there`,
): Promise<Fact<T>> {
  try {
    const value = await read();
    return value === undefined ? unknown(absent) : known(value);
  } catch (error) {
    return refused(what, error);
  }
}

function refused(what: string, error: unknown): Unknown {
  if (!(error instanceof HostError) || isGap(error)) throw error;
  return unknown(refusal(what, error.code));
}

function refusal(what: string, code: string): string {
  if (code === "EACCES" || code === "EPERM") return `reading ${what} needs root`;
  if (code === "EBADMSG") return `${what} cannot be read to its end`;
  if (code === "ENOTSUP") return `${what} is in a format that hostcfg does not read`;
  return `reading ${what} failed with ${code}`;
}
