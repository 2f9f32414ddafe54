import type { Unpack } from "./unpacking.ts";

/** A way to compress, found by its first bytes (the same as in linux/scripts/extract-vmlinux and lib/decompress.c). */
export interface Format {
  readonly name: string;
  readonly magic: readonly number[];
  /** Gives its decompressor; none for a format that hostcfg only knows by name. */
  readonly load?: () => Promise<Unpack>;
}

const unpackers = () => import("./unpackers.ts");

const FORMATS: readonly Format[] = [
  { name: "gzip", magic: [0x1f, 0x8b, 0x08], load: async () => (await unpackers()).unGzip },
  {
    name: "xz",
    magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
    load: async () => {
      const { unXz } = await unpackers();
      return (packed) => unXz(packed);
    },
  },
  {
    name: "zstd",
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    load: async () => (await unpackers()).unZstd,
  },
  { name: "lz4", magic: [0x02, 0x21, 0x4c, 0x18], load: async () => (await unpackers()).unLz4 },
  { name: "bzip2", magic: [0x42, 0x5a, 0x68], load: async () => (await unpackers()).unBzip2 },
  { name: "lzma", magic: [0x5d, 0x00, 0x00] },
  { name: "lzo", magic: [0x89, 0x4c, 0x5a, 0x4f] },
];

/** Those that hostcfg unpacks. */
export const UNPACKED = FORMATS.filter(({ load }) => load !== undefined);

export function formatAt(bytes: Uint8Array, at = 0): Format | undefined {
  return FORMATS.find(({ magic }) => magic.every((byte, index) => bytes[at + index] === byte));
}
