import { Lzma } from "./lzma.ts";
import { MOST_BYTES, truncated } from "./unpacking.ts";

/** xz-file-format.txt, 2.1.1: magic, flags and their CRC32. */
const STREAM_HEADER = 12;
/** 5.3: the filters that may stand before LZMA2. */
const LZMA2 = 0x21;
const X86 = 0x04;

/**
 * Unpacks the first stream of an .xz file (xz-file-format.txt 1.2).
 *
 * The x86 branch filter, which kernels are packed with, is *not* undone, and the checksum over what it would give is not
 * compared: this is for finding text. The filter only rewrites the four bytes after E8 or E9, and only where the fourth
 * is 00 or FF. An ASCII text holds none of these, so four bytes that reach into it end in one of its own characters, and
 * stay. Every ASCII text is therefore there before and after the filter alike. Any other filter is refused.
 *
 * @param plain Refuses the x86 filter as well: for a content whose every byte counts.
 */
export function* unXz(packed: Uint8Array, plain = false): Generator<Uint8Array> {
  let at = STREAM_HEADER;
  for (;;) {
    const size = packed[at];
    if (size === undefined) throw truncated();
    // The index stands where the next block would.
    if (size === 0) return;
    const header = packed.subarray(at, at + (size + 1) * 4);
    if (header.length < (size + 1) * 4) throw truncated();
    const flags = header[1] ?? 0;
    at += header.length;
    const end = yield* unpackChunks(packed, at, dictionaryOf(header, flags, plain));
    at = paddedTo4(end, at) + checkSize(packed[7] ?? 0);
  }
}

/** The padding counts from the start of the block's data, which is aligned itself. */
function paddedTo4(end: number, start: number): number {
  return start + Math.ceil((end - start) / 4) * 4;
}

/** 2.1.1.2: bytes of the check by its id. */
function checkSize(id: number): number {
  const kind = id & 0xf;
  return kind === 0 ? 0 : 4 << Math.floor((kind - 1) / 3);
}

/** Reads the filter flags of a block header (3.1.5) and answers the size of the dictionary in bytes. */
function dictionaryOf(header: Uint8Array, flags: number, plain: boolean): number {
  let at = 2;
  const number = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = header[at++];
      if (byte === undefined || shift > Number.MAX_SAFE_INTEGER) throw truncated();
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  if ((flags & 0x40) !== 0) number();
  if ((flags & 0x80) !== 0) number();
  for (let left = (flags & 3) + 1; left > 0; left--) {
    const id = number();
    const size = number();
    if (id === LZMA2) return dictionarySize(header[at] ?? 0);
    if (id !== X86 || plain) throw new Error(`it uses the filter ${id} of xz`);
    at += size;
  }
  throw new Error("it is not packed with LZMA2");
}

/** 5.3.1 */
function dictionarySize(bits: number): number {
  if (bits > 40) throw new Error("its dictionary is larger than xz allows");
  return Math.min((2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11), MOST_BYTES);
}

/** LZMA2 (lzma2_decoder.c of XZ Utils and linux/lib/xz/xz_dec_lzma2.c): chunks behind a control byte, 0 for the end. */
function* unpackChunks(packed: Uint8Array, start: number, dictionary: number): Generator<Uint8Array, number> {
  const lzma = new Lzma(dictionary);
  let at = start;
  const byte = (): number => {
    const value = packed[at++];
    if (value === undefined) throw truncated();
    return value;
  };
  const uint16 = (): number => (byte() << 8) + byte();
  const take = (size: number): Uint8Array => {
    const bytes = packed.subarray(at, at + size);
    if (bytes.length < size) throw truncated();
    at += size;
    return bytes;
  };
  for (;;) {
    const control = byte();
    if (control === 0) return at;
    if (control === 1 || control >= 0xe0) lzma.resetDictionary();
    if (control >= 0x80) {
      const length = ((control & 0x1f) << 16) + uint16() + 1;
      const size = uint16() + 1;
      if (control >= 0xc0) lzma.setProperties(byte());
      if (control >= 0xa0) lzma.resetState();
      yield lzma.decode(take(size), length);
    } else if (control <= 2) {
      yield lzma.store(take(uint16() + 1));
    } else {
      throw new Error(`it has the control byte ${control}`);
    }
  }
}
