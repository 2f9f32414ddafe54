import { truncated } from "./unpacking.ts";

/** lz4_Frame_format.md, "Legacy frame": the most that one block gives. */
const BLOCK = 8 << 20;
const HEADER = 4;
const LEGACY_MAGIC = 0x184c2102;

/**
 * Unpacks lz4's legacy frame, the only one that kernels are packed with: after the magic blocks with their sizes, and
 * no mark of the end. Every block but the last gives 8 MiB. The kernel's build appends 4 bytes, the unpacked size.
 */
export function* unLz4(packed: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  let at = HEADER;
  let whole = true;
  while (at < packed.length) {
    if (at + 4 > packed.length) throw truncated();
    const size = view.getUint32(at, true);
    at += 4;
    // The appended size, or the padding of whatever the frame was cut out of.
    if (at === packed.length || !whole || size === 0) return;
    if (size === LEGACY_MAGIC) continue;
    if (at + size > packed.length) throw truncated();
    const block = unpackBlock(packed.subarray(at, at + size));
    at += size;
    whole = block.length === BLOCK;
    yield block;
  }
}

/** lz4_Block_format.md: sequences of literals and of a match behind them. */
function unpackBlock(packed: Uint8Array): Uint8Array {
  const out = new Uint8Array(BLOCK);
  let [from, to] = [0, 0];
  const byte = (): number => {
    const value = packed[from++];
    if (value === undefined) throw truncated();
    return value;
  };
  const length = (nibble: number): number => {
    let sum = nibble;
    if (nibble < 15) return sum;
    for (;;) {
      const more = byte();
      sum += more;
      if (more < 255) return sum;
    }
  };
  while (from < packed.length) {
    const token = byte();
    const literals = length(token >> 4);
    if (from + literals > packed.length || to + literals > BLOCK) throw truncated();
    out.set(packed.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    // The last sequence has no match.
    if (from === packed.length) break;
    const offset = byte() + (byte() << 8);
    const end = to + length(token & 15) + 4;
    if (offset === 0 || offset > to) throw new Error("it refers to data that does not exist");
    if (end > BLOCK) throw new Error("a block gives more than 8 MiB");
    for (; to < end; to++) out[to] = out[to - offset] ?? 0;
  }
  return out.subarray(0, to);
}
