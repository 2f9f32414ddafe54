/** tar's unit; headers and contents start on its multiples (tar(5), ustar). */
const BLOCK = 512;

/**
 * The file `control` of a package's control archive (deb(5)), which is an uncompressed tar.
 *
 * @param archive As the program printed it, decoded as UTF-8.
 */
export function controlFile(archive: string): string | undefined {
  // Sizes in a tar count bytes.
  const bytes = Buffer.from(archive, "utf8");
  let at = 0;
  while (at + BLOCK <= bytes.length && bytes[at] !== 0) {
    const size = parseInt(field(bytes, at + 124, 12), 8);
    if (!Number.isInteger(size)) return undefined;
    const content = at + BLOCK;
    if (/^(\.\/)?control$/.test(field(bytes, at, 100)))
      return bytes.toString("utf8", content, content + size);
    at = content + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}

function field(bytes: Buffer, start: number, width: number): string {
  return bytes.toString("latin1", start, start + width).split("\0")[0] ?? "";
}
