import fs from "node:fs";

/** Kernels and initrds are the largest that is read as a whole. */
export const LARGEST = 1 << 30;
/** Far more than any settings file, menu or record has. */
export const LARGEST_TEXT = 64 << 20;

/**
 * Opens a file for reading. What is no regular file could keep whoever reads it waiting for ever, or never end; files of
 * procfs, sysfs and efivarfs are regular ones.
 *
 * @throws Error as node:fs has it; EISDIR for a folder, EINVAL for all else that is no regular file.
 */
export function openRegular(real: string, flags = 0): number {
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  const fd = fs.openSync(real, O_RDONLY | O_NONBLOCK | flags);
  const stat = fs.fstatSync(fd);
  if (stat.isFile()) return fd;
  fs.closeSync(fd);
  throw stat.isDirectory()
    ? failure("EISDIR", "illegal operation on a directory")
    : failure("EINVAL", "not a regular file");
}

/** @throws as {@link openRegular}; EFBIG for a file with more bytes than `limit`. */
export function readWhole(real: string, limit: number, flags = 0): Buffer {
  const fd = openRegular(real, flags);
  try {
    const { size } = fs.fstatSync(fd);
    if (size > limit) throw failure("EFBIG", `larger than ${limit >> 20} MiB`);
    return fs.readFileSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function failure(code: string, meaning: string): Error {
  return Object.assign(new Error(`${code}: ${meaning}`), { code });
}
