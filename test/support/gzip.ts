import { crc32 } from "node:zlib";

/** Bytes in one stored block at most. */
const MOST_STORED = 0xffff;

/**
 * A gzip file (RFC 1952) of stored blocks (RFC 1951, 3.2.4): its bytes are the same with every version of zlib,
 * which a compressor's are not.
 */
export function gzipStored(bytes: Buffer): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  const blocks: Buffer[] = [];
  let at = 0;
  do {
    const piece = bytes.subarray(at, at + MOST_STORED);
    at += piece.length;
    const head = Buffer.alloc(5);
    head.writeUInt8(at === bytes.length ? 1 : 0, 0);
    head.writeUInt16LE(piece.length, 1);
    head.writeUInt16LE(piece.length ^ MOST_STORED, 3);
    blocks.push(head, piece);
  } while (at < bytes.length);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes), 0);
  trailer.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([header, ...blocks, trailer]);
}
