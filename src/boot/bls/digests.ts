import { attempt } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { BootFile, Fact, KernelFact, LoaderEntry } from "../../model/index.ts";

export function digestOf(reader: Reader, path: string): Fact<string> {
  return attempt(path, () => reader.digest(path)?.sha256);
}

/**
 * Adds digests to those kernels that an entry's copies may have been made from: only files of the same size can
 * be equal, and hashing every initrd in /boot would take seconds.
 *
 * @param copied A release that may have to be copied, whose files are hashed anyway.
 */
export function withDigests(
  reader: Reader,
  kernels: readonly KernelFact[],
  entries: readonly Pick<LoaderEntry, "image" | "initrd">[],
  copied?: string,
): KernelFact[] {
  const copies = entries.flatMap((entry) => [entry.image, entry.initrd]);
  const sizes = new Set(copies.flatMap((copy) => (copy?.sha256?.known === true ? [copy.size] : [])));
  const digested = (file: BootFile, release: string): BootFile =>
    release === copied || sizes.has(file.size) ? { ...file, sha256: digestOf(reader, file.path) } : file;
  return kernels.map((kernel) => ({
    ...kernel,
    ...(kernel.image === undefined ? {} : { image: digested(kernel.image, kernel.release) }),
    ...(kernel.initrd === undefined ? {} : { initrd: digested(kernel.initrd, kernel.release) }),
  }));
}
