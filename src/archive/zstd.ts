import { Decompress, decompress } from "fzstd";
import { MOST_BYTES } from "./unpacking.ts";

/** RFC 8878, 3.1.1.2.4: the most that a block gives. */
const BLOCK = 1 << 17;
/** Packages are packed with windows of 8 MiB, 128 MiB at the most; the library allocates whatever is asked. */
const MOST_WINDOW_LOG = 27;
const SMALL_WINDOW_LOG = 23;

/**
 * Unpacks the first zstd frame, for a search: with a large window (kernels are packed with 128 MiB, zstd -22 --ultra) at
 * once, for the library would else move the window about for each block. Blocks that are not full leave room behind the
 * content then, which holds zeros and leftovers of the content itself.
 */
export function unZstd(packed: Uint8Array): Iterable<Uint8Array> {
  const { end, blocks, windowLog } = measure(packed);
  if (windowLog <= SMALL_WINDOW_LOG) return unZstdInPieces(packed);
  if (blocks * BLOCK > MOST_BYTES) throw new Error("it would be larger than any kernel");
  return [decompress(packed.subarray(0, end), new Uint8Array(blocks * BLOCK))];
}

/** Unpacks the first zstd frame in pieces, to the byte. */
export function* unZstdInPieces(packed: Uint8Array): Generator<Uint8Array> {
  const { end, windowLog } = measure(packed);
  if (windowLog > MOST_WINDOW_LOG) throw new Error(`it needs a window of 2^${windowLog} bytes`);
  const pieces: Uint8Array[] = [];
  const stream = new Decompress((piece) => pieces.push(piece));
  for (let at = 0; at < end; at += BLOCK) {
    stream.push(packed.subarray(at, Math.min(at + BLOCK, end)), at + BLOCK >= end);
    yield* pieces.splice(0);
  }
}

/** RFC 8878, 3.1.1: reads the first frame by its header and the headers of its blocks; what follows is not its own. */
function measure(packed: Uint8Array): { end: number; blocks: number; windowLog: number } {
  const descriptor = packed[4] ?? 0;
  const singleSegment = (descriptor & 0x20) !== 0;
  const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  let at = 5 + (singleSegment ? 0 : 1) + dictionary + contentSize;
  let blocks = 0;
  for (let last = false; !last && at + 3 <= packed.length; blocks++) {
    const header = (packed[at] ?? 0) | ((packed[at + 1] ?? 0) << 8) | ((packed[at + 2] ?? 0) << 16);
    last = (header & 1) !== 0;
    // An RLE block is one byte, whatever its size.
    at += 3 + (((header >> 1) & 3) === 1 ? 1 : header >> 3);
  }
  const end = Math.min(at + ((descriptor & 4) === 0 ? 0 : 4), packed.length);
  return { end, blocks, windowLog: singleSegment ? 0 : 10 + ((packed[5] ?? 0) >> 3) };
}
