import bz2 from "bz2";

/** Unpacks a bzip2 stream; what follows it is passed over. */
export function unBzip2(packed: Uint8Array): readonly Uint8Array[] {
  try {
    return [bz2.decompress(packed)];
  } catch {
    // The library fails in its own terms, which say nothing to anybody else.
    throw new Error("it is broken or ends early");
  }
}
