import fs from "node:fs";
import { searchBytes } from "../archive/search-bytes.ts";
import type { TextSearch } from "../archive/text-search.ts";
import { TextSeeker } from "../archive/text-search.ts";
import { openRegular, readWhole } from "./regular-file.ts";

const PIECE = 1 << 20;
/** No kernel image is larger, compressed as it is. */
const MOST_IMAGE_BYTES = 512 << 20;

/**
 * Looks for ASCII texts in a file. A text file, e.g. a table of symbols, is read in pieces; /proc/kallsyms tells no
 * size. Anything else may be a kernel image, and is read whole.
 */
export async function searchFile(real: string, texts: readonly string[]): Promise<TextSearch> {
  const fd = openRegular(real);
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    let read = fs.readSync(fd, piece);
    if (piece.subarray(0, read).includes(0)) {
      if (fs.fstatSync(fd).size > MOST_IMAGE_BYTES)
        return { found: [], incomplete: "it is too large for a kernel image" };
      return await searchBytes(readWhole(real, MOST_IMAGE_BYTES), texts);
    }
    const seeker = new TextSeeker(texts);
    for (; read > 0 && !seeker.foundAll; read = fs.readSync(fd, piece)) seeker.push(piece.subarray(0, read));
    return { found: seeker.found };
  } finally {
    fs.closeSync(fd);
  }
}
