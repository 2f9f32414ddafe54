import { gunzipSync } from "node:zlib";
import { formatAt } from "./formats.ts";
import type { Unpack } from "./unpacking.ts";
import { isCpio, readCpio } from "./cpio.ts";

/**
 * Why an initrd cannot be read: a part of it is damaged or cut off, and the kernel could not read it either; or it holds
 * something that hostcfg does not know (lzma and lzo are such formats of the kernel's, and so is a file of zeros only).
 */
export type Unreadable = "damaged" | "unfamiliar";

/**
 * The names of all files in an initrd, which is several archives one behind the other: microcode, uncompressed, and the
 * rest, which may be compressed (Documentation/driver-api/early-userspace/buffer-format.rst).
 */
export async function readInitrd(bytes: Uint8Array): Promise<readonly string[] | Unreadable> {
  const names: string[] = [];
  let archives = 0;
  let at = 0;
  while (at < bytes.length) {
    // Between two archives the kernel skips zeros.
    if (bytes[at] === 0) {
      at += 1;
      continue;
    }
    if (isCpio(bytes, at)) {
      const archive = readCpio(bytes, at);
      if (archive === undefined) return "damaged";
      names.push(...archive.members.map(({ name }) => name));
      archives += 1;
      at = archive.end;
      continue;
    }
    const unpacked = await unpack(bytes.subarray(at));
    if (typeof unpacked === "string") return unpacked;
    const inside = await readInitrd(unpacked);
    // How long a compressed part is only its decompressor knows, so it is taken to be the last one.
    return typeof inside === "string" ? inside : [...names, ...inside];
  }
  return archives === 0 && bytes.length > 0 ? "unfamiliar" : names;
}

async function unpack(bytes: Uint8Array): Promise<Uint8Array | Unreadable> {
  const unpacker = await unpackerOf(formatAt(bytes)?.name);
  if (unpacker === undefined) return "unfamiliar";
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of unpacker(bytes)) pieces.push(piece);
  } catch {
    return "damaged";
  }
  return Buffer.concat(pieces);
}

/** Those that give every byte as it was: what is good enough to find a text in is not for this. */
async function unpackerOf(format: string | undefined): Promise<Unpack | undefined> {
  const { unBzip2, unLz4, unXz, unZstdInPieces } = await import("./unpackers.ts");
  switch (format) {
    case "gzip":
      // Unlike the one for kernels, it wants the checksum behind the content.
      return (packed) => [gunzipSync(packed)];
    case "zstd":
      return unZstdInPieces;
    case "xz":
      return (packed) => unXz(packed, true);
    case "lz4":
      return unLz4;
    case "bzip2":
      return unBzip2;
    case undefined:
    default:
      return undefined;
  }
}
