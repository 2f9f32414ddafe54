import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unBzip2, unGzip, unLz4, unXz, unZstd, unZstdInPieces } from "../../src/archive/unpackers.ts";
import type { Unpack } from "../../src/archive/unpacking.ts";
import { CONTENT, PACKED, fixture, withSize } from "./images.ts";

async function all(pieces: ReturnType<Unpack>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts);
}

const UNPACKERS: { name: string; unpack: Unpack; packed: Buffer }[] = [
  { name: "gzip", unpack: unGzip, packed: PACKED.gzip },
  { name: "xz", unpack: (packed) => unXz(packed), packed: fixture("content.xz") },
  { name: "zstd", unpack: unZstd, packed: PACKED.zstd },
  { name: "zstd in pieces", unpack: unZstdInPieces, packed: fixture("content.19.zst") },
  { name: "zstd with a small window", unpack: unZstd, packed: fixture("content.19.zst") },
  { name: "lz4", unpack: unLz4, packed: PACKED.lz4 },
  { name: "bzip2", unpack: unBzip2, packed: PACKED.bzip2 },
];

describe.each(UNPACKERS)("$name", ({ name, unpack, packed }) => {
  it("gives back what the real tool has packed, to the byte", async () => {
    const unpacked = await all(unpack(packed));
    expect(unpacked.subarray(0, CONTENT.length).equals(CONTENT)).toBe(true);
    // With a large window zstd is given room for full blocks, and what was not needed of it stays behind.
    if (name !== "zstd") expect(unpacked.length).toBe(CONTENT.length);
  });

  it("stops at the end of the stream: the kernel's build appends the size", async () => {
    expect(await all(unpack(withSize(packed)))).toEqual(await all(unpack(packed)));
  });

  // The very last bytes of xz and zstd are an index and nothing, and lz4 cannot tell its end from a cut between blocks.
  it("fails where the stream is cut, and gives nothing wrong before that", async () => {
    for (const part of [0.3, 0.6, 0.95]) {
      const cut = packed.subarray(0, Math.floor(packed.length * part));
      const parts: Uint8Array[] = [];
      const unpacking = (async () => {
        for await (const piece of unpack(cut)) parts.push(piece);
      })();
      await expect(unpacking).rejects.toThrow();
      const before = Buffer.concat(parts);
      expect(before.equals(CONTENT.subarray(0, before.length))).toBe(true);
    }
  });

  it("only ever fails as an error where a byte is another", async () => {
    const changed = fc.tuple(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(changed, async ([at, by]) => {
        const broken = Buffer.from(packed);
        broken[at] = (broken[at] ?? 0) ^ by;
        const unpacking = (async () => all(unpack(broken)))();
        const outcome = await unpacking.catch((error: unknown) => error);
        expect(Buffer.isBuffer(outcome) || outcome instanceof Error).toBe(true);
      }),
      // bzip2 is slow.
      { numRuns: name === "bzip2" ? 20 : 100 },
    );
  });
});

describe("xz", () => {
  it("keeps every text where the kernel's x86 filter was used, also between the calls that it rewrites", () => {
    const unpacked = Buffer.concat([...unXz(PACKED.xz)]);
    // The filter is there and has changed something: else this would prove nothing.
    expect(unpacked.length).toBe(CONTENT.length);
    expect(unpacked.equals(CONTENT)).toBe(false);
    const texts = CONTENT.toString("latin1").match(/[ -~\n]{5,}/g) ?? [];
    expect(texts.length).toBeGreaterThan(20);
    expect(texts.filter((text) => !unpacked.includes(Buffer.from(text, "latin1")))).toEqual([]);
  });

  it("refuses that filter where every byte counts", () => {
    expect(() => [...unXz(PACKED.xz, true)]).toThrow("filter 4");
    expect(Buffer.concat([...unXz(fixture("content.xz"), true)]).equals(CONTENT)).toBe(true);
  });

  it("reads several blocks, and chunks that were stored", () => {
    // --block-size=4096 in make.sh
    const pieces = [...unXz(fixture("content.xz"))];
    expect(pieces.length).toBeGreaterThan(2);
  });
});

describe("lz4", () => {
  /** One block of literals alone. */
  const block = (bytes: Uint8Array): Buffer => {
    const rest = bytes.length - 15;
    const length = Buffer.from([0xf0, ...new Array<number>(Math.floor(rest / 255)).fill(255), rest % 255]);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(length.length + bytes.length);
    return Buffer.concat([size, length, bytes]);
  };
  const magic = Buffer.from([0x02, 0x21, 0x4c, 0x18]);

  it("goes on behind a block of 8 MiB, and takes the appended size for no block", () => {
    const first = Buffer.alloc(8 << 20, 0x61);
    const packed = withSize(
      Buffer.concat([magic, block(first), block(Buffer.from("the end of the kernel"))]),
    );
    const unpacked = Buffer.concat([...unLz4(packed)]);
    expect(unpacked.length).toBe(first.length + 21);
    expect(unpacked.subarray(-21).toString()).toBe("the end of the kernel");
  });

  it("refuses a match from before the beginning", () => {
    const size = Buffer.from([4, 0, 0, 0]);
    const packed = Buffer.concat([
      magic,
      size,
      Buffer.from([0x10, 0x61, 0x05, 0x00]),
      Buffer.from([0, 0, 0, 0]),
    ]);
    expect(() => [...unLz4(packed)]).toThrow("does not exist");
  });
});
