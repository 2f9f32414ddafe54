/** A member of a cpio archive. */
export interface CpioMember {
  readonly name: string;
  /** Where its content is in the archive's bytes. */
  readonly start: number;
  readonly size: number;
}

/** One archive read to its end, and where the bytes behind it begin. */
export interface CpioArchive {
  readonly members: readonly CpioMember[];
  readonly end: number;
}

const HEADER_BYTES = 110;
const NAME_SIZE_AT = 94;
const FILE_SIZE_AT = 54;
const TRAILER = "TRAILER!!!";

/** `070701`, or `070702` with checksums: what the kernel unpacks (Documentation/driver-api/early-userspace/buffer-format.rst). */
export function isCpio(bytes: Uint8Array, at = 0): boolean {
  return textAt(bytes, at, 5) === "07070" && (bytes[at + 5] === 0x31 || bytes[at + 5] === 0x32);
}

/**
 * The members of the archive that begins at `at`; undefined where it is cut off or is none. Names, headers and contents
 * are padded to four bytes from the archive's beginning.
 */
export function readCpio(bytes: Uint8Array, at: number): CpioArchive | undefined {
  const members: CpioMember[] = [];
  const padded = (offset: number): number => at + Math.ceil((offset - at) / 4) * 4;
  for (let here = at; isCpio(bytes, here) && here + HEADER_BYTES <= bytes.length;) {
    const size = hexAt(bytes, here + FILE_SIZE_AT);
    const nameSize = hexAt(bytes, here + NAME_SIZE_AT);
    if (size === undefined || nameSize === undefined || nameSize === 0) return undefined;
    const nameAt = here + HEADER_BYTES;
    const start = padded(nameAt + nameSize);
    if (start + size > bytes.length) return undefined;
    const name = textAt(bytes, nameAt, nameSize - 1);
    here = padded(start + size);
    if (name === TRAILER) return { members, end: here };
    members.push({ name, start, size });
  }
  return undefined;
}

function hexAt(bytes: Uint8Array, at: number): number | undefined {
  const text = textAt(bytes, at, 8);
  return /^[0-9a-fA-F]{8}$/.test(text) ? Number.parseInt(text, 16) : undefined;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(at, at + length));
}
