import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { tool } from "../../system/rig/tool.ts";

// What QEMU's blklogwrites notes: every write and flush that a disk got, as dm-log-writes does (Linux,
// drivers/md/dm-log-writes.c). A power cut keeps each write before the last flush, and of those after it some.

const MAGIC = 0x6a736677736872n;
const SECTOR = 512;
const FLUSH = 1;
const FUA = 2;
const DISCARD = 4;

interface Write {
  readonly at: number;
  readonly data: Buffer;
}

interface Entry {
  readonly write?: Write;
  /** All that was written before it is on the disk. */
  readonly flush: boolean;
  /** On the disk at once. */
  readonly durable: boolean;
}

function readLog(file: string): readonly Entry[] {
  const log = readFileSync(file);
  if (log.readBigUInt64LE(0) !== MAGIC) throw new Error(`${file} is no log of writes`);
  const entries: Entry[] = [];
  // Not as many as the first sector says: that is written from time to time, and QEMU was killed.
  for (let at = SECTOR; at + SECTOR <= log.length;) {
    const [sector, sectors, flags] = [0, 8, 16].map((field) => Number(log.readBigUInt64LE(at + field)));
    if (sector === undefined || sectors === undefined || flags === undefined) break;
    if (sector === 0 && sectors === 0 && flags === 0) break;
    const length = (flags & DISCARD) !== 0 ? 0 : sectors * SECTOR;
    const data = log.subarray(at + SECTOR, at + SECTOR + length);
    entries.push({
      ...(length > 0 && { write: { at: sector * SECTOR, data } }),
      flush: (flags & FLUSH) !== 0,
      durable: (flags & FUA) !== 0,
    });
    at += SECTOR + length;
  }
  return entries;
}

/** A few of the writes that a cut may keep of those that nothing has flushed, by a fixed seed. */
function* someOf(writes: readonly Write[], seed: number): Generator<readonly Write[]> {
  let state = seed + 1;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    yield writes.filter(() => {
      state = (state * 48271) % 2147483647;
      return state % 2 === 0;
    });
  }
}
const SAMPLES = 4;

export interface Replayed {
  /** With all of the log. */
  readonly image: string;
  readonly states: number;
  /** What the states are, by what is said of them. */
  readonly told: ReadonlyMap<string, number>;
}

/**
 * Plays a log on a copy of the disk as it was before, from `offset` on, and has each state judged that a cut could have
 * left. The judge throws, or says what it found.
 */
export function replay(
  { base, log, offset }: { readonly base: string; readonly log: string; readonly offset: number },
  judge: (image: string) => string,
): Replayed {
  const image = `${base}.state`;
  tool("dd", `if=${base}`, `of=${image}`, "bs=1M", `skip=${offset / 1048576}`, "conv=sparse", "status=none");
  const disk = openSync(image, "r+");
  const put = ({ at, data }: Write): void => {
    if (at >= offset) writeSync(disk, data, 0, data.length, at - offset);
  };
  const taken = ({ at, data }: Write): Write => {
    const old = Buffer.alloc(data.length);
    if (at >= offset) readSync(disk, old, 0, old.length, at - offset);
    return { at, data: old };
  };
  const told = new Map<string, number>();
  let states = 0;
  const judged = (what: string): void => {
    states += 1;
    let found: string;
    try {
      found = judge(image);
    } catch (error) {
      throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    told.set(found, (told.get(found) ?? 0) + 1);
  };

  let pending: Write[] = [];
  for (const [index, { write, flush, durable }] of readLog(log).entries()) {
    if (flush && pending.length > 0) {
      // In the order of the log, each with those before it.
      const before = pending.map((one) => {
        const old = taken(one);
        put(one);
        judged(`write of the log before entry ${index}`);
        return old;
      });
      // And some without those before them.
      for (const some of someOf(pending, index)) {
        for (const old of before.toReversed()) put(old);
        for (const one of some) put(one);
        judged(`some writes before entry ${index}`);
        for (const one of pending) put(one);
      }
      pending = [];
    }
    if (write === undefined) continue;
    if (durable) put(write);
    else pending.push(write);
  }
  for (const one of pending) {
    put(one);
    judged("write after the last flush");
  }
  closeSync(disk);
  return { image, states, told };
}
