import type { Host, LockHolder } from "../host/host.ts";
import { attempt } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { Step } from "../model/index.ts";
import { PLATFORMS } from "../platform/platforms.ts";
import type { ApplyEvent } from "./events.ts";
import type { Journal } from "../journal/journal.ts";
import type { Timing } from "./timing.ts";

/** The lock files that the step's program takes; none for most. */
export function packageLocksOf(step: Step): readonly string[] {
  if (step.kind !== "exec" || !("family" in step.action)) return [];
  const { packages } = PLATFORMS[step.action.family];
  return [...packages.locks(step.action), ...(packages.lockFile === undefined ? [] : [packages.lockFile])];
}

const LOCK_FILES = Object.values(PLATFORMS).flatMap(({ packages: { lockFile, name } }) =>
  lockFile === undefined ? [] : [{ lockFile, name }],
);

/** Seconds that an apply waits for the package manager unless it is told otherwise. */
export const LOCK_TIMEOUT_SECONDS = 120;
/** Seconds between two looks. */
const INTERVAL = 1;

export interface Busy {
  /** The lock file, as the host names it. */
  readonly lock: string;
  readonly holder: LockHolder;
}

export type Waited =
  | { readonly kind: "free"; readonly seconds: number; readonly waitedFor?: Busy }
  | { readonly kind: "busy"; readonly seconds: number; readonly busy: Busy }
  | { readonly kind: "interrupted" };

export interface WaitOptions {
  readonly host: Host;
  readonly timing: Timing;
  readonly signal: AbortSignal;
  readonly observe: (event: ApplyEvent) => void;
  /** 0: does not wait. */
  readonly limitSeconds: number;
}

/**
 * Waits until nobody holds one of the lock files, at most so long. It takes none of them: the program that is then run
 * does, and where another one was quicker in between, that program fails before it has changed anything.
 */
export async function waitForPackageLocks(
  locks: readonly string[],
  { host, timing, signal, observe, limitSeconds }: WaitOptions,
): Promise<Waited> {
  const began = timing.seconds();
  let waitedFor: Busy | undefined;
  for (;;) {
    const seconds = timing.seconds() - began;
    const busy = busyNow(locks, host);
    if (busy === undefined) {
      if (waitedFor === undefined) return { kind: "free", seconds };
      observe({ kind: "waited", ...waitedFor, seconds });
      return { kind: "free", seconds, waitedFor };
    }
    if (seconds >= limitSeconds) {
      if (waitedFor !== undefined) observe({ kind: "waited", ...busy, seconds });
      return { kind: "busy", seconds, busy };
    }
    waitedFor = busy;
    observe({ kind: "waiting", ...busy, seconds, limitSeconds });
    await timing.pause(Math.min(INTERVAL, limitSeconds - seconds), signal);
    if (signal.aborted) return { kind: "interrupted" };
  }
}

function busyNow(locks: readonly string[], host: Host): Busy | undefined {
  for (const lock of locks) {
    const holder = host.lockHolder(lock) ?? leftBy(lock, host.reader());
    if (holder !== undefined) return { lock, holder };
  }
  return undefined;
}

/** Of a lock that is nothing but a file: it is never taken away, for only a person knows that nobody works. */
function leftBy(lock: string, reader: Reader): LockHolder | undefined {
  const its = LOCK_FILES.find(({ lockFile }) => lockFile === lock);
  if (its === undefined || reader.lstat(lock) === undefined) return undefined;
  const runs = (reader.list("/proc") ?? []).find(
    (pid) => /^[0-9]+$/.test(pid) && programOf(reader, pid) === its.name,
  );
  return runs === undefined
    ? { program: `nothing that runs (perhaps a ${its.name} that was cut: then remove the file by hand)` }
    : { pid: Number(runs), program: its.name };
}

/** Processes come and go. */
function programOf(reader: Reader, pid: string): string | undefined {
  const name = attempt(`/proc/${pid}`, () => reader.readText(`/proc/${pid}/comm`)?.trim());
  return name.known ? name.value : undefined;
}

/** e.g. `apt-get (pid 123) holds /var/lib/dpkg/lock-frontend`. */
export function describeBusy({ lock, holder: { pid, program } }: Busy): string {
  return `${program}${pid === undefined ? "" : ` (pid ${pid})`} holds ${lock}`;
}

/** Leaves word in the journal of a wait that came to a good end. */
export function noteWaited(journal: Journal, waited: Waited, step?: Step): void {
  if (waited.kind !== "free" || waited.waitedFor === undefined) return;
  const { waitedFor, seconds } = waited;
  journal.note({
    event: "waited",
    ...(step === undefined ? {} : { step: step.id }),
    ...waitedFor,
    seconds: Math.round(seconds),
  });
}
