import type { Host } from "../host/host.ts";
import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import { unfinishedNow } from "../journal/history.ts";
import { LOCK, idOf, journalNumbers, settle } from "../journal/journal.ts";
import { removeTemporaryFiles, temporaryFiles } from "../journal/temporary-files.ts";
import type { Plan } from "../model/index.ts";
import { digestOf } from "../spec/include.ts";

/**
 * An apply that was cut after its last step is finished once a plan of the same spec or undo finds nothing to do. What any
 * has left lying about goes.
 */
export async function settleUnfinished({
  plan,
  host,
  now,
}: {
  readonly plan: Plan;
  readonly host: Host;
  readonly now: () => Date;
}): Promise<void> {
  try {
    const reader = host.reader();
    const newest = newestId(reader);
    const open = unfinishedNow(reader);
    const isTakenBack = open !== undefined && plan.undoes === open.id;
    const isSame =
      open !== undefined &&
      open.undoes === plan.undoes &&
      // Whichever task was cut, the host is now as the later one wants it.
      (plan.task === undefined
        ? open.task === undefined && open.spec === digestOf(plan.spec)
        : open.task !== undefined);
    const settled = isTakenBack || isSame ? open : undefined;
    if (settled === undefined && temporaryFiles(reader, newest).length === 0) return;
    const lock = await host.lock(LOCK);
    if (lock === undefined) return;
    try {
      removeTemporaryFiles(host, newest);
      if (settled !== undefined) settle(host, settled.id, now, isTakenBack);
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}

function newestId(reader: Reader): string | undefined {
  const newest = journalNumbers(reader).at(-1);
  return newest === undefined ? undefined : idOf(newest);
}
