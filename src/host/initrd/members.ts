import { gunzipSync } from "node:zlib";
import { isCpio, readCpio } from "./cpio.ts";

/**
 * The names of all files in an initrd, which is several archives one behind the other: microcode, uncompressed, and the
 * rest, which may be compressed (Documentation/driver-api/early-userspace/buffer-format.rst). Undefined where a part of
 * it cannot be read to its end: the kernel could not either.
 */
export function initrdMembers(bytes: Uint8Array): readonly string[] | undefined {
  const names: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    // Between two archives the kernel skips zeros.
    if (bytes[at] === 0) {
      at += 1;
      continue;
    }
    if (isCpio(bytes, at)) {
      const archive = readCpio(bytes, at);
      if (archive === undefined) return undefined;
      names.push(...archive.members.map(({ name }) => name));
      at = archive.end;
      continue;
    }
    const unpacked = unpack(bytes.subarray(at));
    const inside = unpacked === undefined ? undefined : initrdMembers(unpacked);
    // How long a compressed part is only its decompressor knows, so it is taken to be the last one.
    return inside === undefined ? undefined : [...names, ...inside];
  }
  return names;
}

function unpack(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : undefined;
  } catch {
    return undefined;
  }
}
