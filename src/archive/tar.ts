/** The archive format of packages (tar(5), ustar): each file behind a header, all on multiples of 512 bytes. */
export const TAR_BLOCK = 512;

export interface TarHeader {
  /** As it stands there, mostly with `./` in front; at most 100 bytes of it. */
  readonly name: string;
  /** Bytes of the content that follows. */
  readonly size: number;
  readonly isFile: boolean;
}

/** Reads the header at a place; undefined at the end of the archive, and where what is there is no header. */
export function tarHeader(bytes: Uint8Array, at: number): TarHeader | undefined {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(TAR_BLOCK, bytes.length - at));
  if (header.length < TAR_BLOCK || header[0] === 0) return undefined;
  const field = (start: number, width: number): string =>
    header.toString("latin1", start, start + width).split("\0")[0] ?? "";
  const size = parseInt(field(124, 12), 8);
  if (!Number.isInteger(size)) return undefined;
  return { name: field(0, 100), size, isFile: field(156, 1) === "0" || field(156, 1) === "" };
}

/** Bytes that a content takes with its padding. */
export function tarSpace(size: number): number {
  return Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
}
