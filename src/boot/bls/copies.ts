import type { Reader } from "../../host/reader.ts";
import type { CopyFileStep, LoaderEntry, PinnedCopy } from "../../model/index.ts";

/**
 * Those that are there of the copies that hostcfg makes of kernels and initrds. Hashes only what no entry names: the files
 * of entries have been hashed.
 *
 * @param entries Entries whose files have digests.
 */
export function readCopies(
  reader: Reader,
  paths: readonly string[],
  entries: readonly LoaderEntry[],
): readonly PinnedCopy[] {
  const hashed = entries.flatMap(({ image, initrd }) => [image, initrd]);
  return paths.flatMap((path): PinnedCopy[] => {
    const stat = reader.lstat(path);
    if (stat?.kind !== "file") return [];
    const known = hashed.find((file) => file?.path === path)?.sha256;
    const sha256 = known?.known === true ? known.value : reader.digest(path)?.sha256;
    const { mode, uid, gid } = stat;
    return sha256 === undefined ? [] : [{ path, sha256, mode, uid, gid }];
  });
}

/** What must stand at the path of a copy before: this copy, or nothing. */
export function expectedCopy(copies: readonly PinnedCopy[], path: string): CopyFileStep["expect"] {
  const copy = copies.find((one) => one.path === path);
  if (copy === undefined) return { kind: "absent" };
  const { sha256, mode, uid, gid } = copy;
  return { kind: "file", sha256, mode, uid, gid };
}

/** Whether neither the kernel nor the initrd is missing or empty. */
export function isWhole({ image, initrd }: Pick<LoaderEntry, "image" | "initrd">): boolean {
  return (image?.size ?? 0) > 0 && (initrd?.size ?? 0) > 0;
}
