/**
 * A decompressor: the bytes of one compressed stream in, pieces of its content out, as they become known. What follows
 * the stream in `packed` is passed over.
 *
 * @throws Error where the stream is broken or ends early. What came out before that is right.
 */
export type Unpack = (packed: Uint8Array) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** No kernel and no package is larger; what claims to be is broken. */
export const MOST_BYTES = 1 << 30;

export function truncated(): Error {
  return new Error("it ends early");
}
