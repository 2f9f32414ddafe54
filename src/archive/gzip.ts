import { createInflateRaw } from "node:zlib";

/** RFC 1952, 2.3.1: flags of the header's optional parts. */
const HEADER_CHECKSUM = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;

/**
 * Unpacks a gzip member; what follows it is passed over. (Node's own gunzip takes that for another member, and fails.)
 */
export function unGzip(packed: Uint8Array): AsyncIterable<Uint8Array> {
  const stream = createInflateRaw({ chunkSize: 1 << 18 });
  stream.end(packed.subarray(headerEnd(packed)));
  return stream as AsyncIterable<Uint8Array>;
}

function headerEnd(packed: Uint8Array): number {
  const flags = packed[3] ?? 0;
  let at = 10;
  if ((flags & EXTRA) !== 0) at += 2 + (packed[at] ?? 0) + ((packed[at + 1] ?? 0) << 8);
  for (const text of [NAME, COMMENT]) {
    if ((flags & text) === 0) continue;
    const end = packed.indexOf(0, at);
    at = end === -1 ? packed.length : end + 1;
  }
  return (flags & HEADER_CHECKSUM) === 0 ? at : at + 2;
}
