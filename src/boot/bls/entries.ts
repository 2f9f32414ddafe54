import { posix } from "node:path";
import { attempt } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { BootFile, Fact, LoaderEntry } from "../../model.ts";
import { digestOf } from "./digests.ts";
import { parseEntry } from "./entry-text.ts";

/** Where type #1 entries are on their partition (Boot Loader Specification). */
export const ENTRIES = "loader/entries";

/**
 * The type #1 entries of a mounted partition, sorted by file name. Known and empty where there is no such folder.
 *
 * @param digested Whether an entry's files are hashed, which takes a second for a large initrd.
 */
export function readEntries(
  reader: Reader,
  mountPoint: string,
  digested: (id: string) => boolean,
): Fact<readonly LoaderEntry[]> {
  const folder = posix.join(mountPoint, ENTRIES);
  return attempt(folder, () => {
    const names = reader.list(folder) ?? [];
    return names.flatMap((file): LoaderEntry[] => {
      const name = entryName(file);
      if (name === undefined) return [];
      const path = posix.join(folder, file);
      const text = reader.readText(path);
      return text === undefined
        ? []
        : [toEntry(reader, mountPoint, { ...name, path }, text, digested(name.id))];
    });
  });
}

type EntryName = Pick<LoaderEntry, "id" | "tries">;

/** `<id>.conf`, or `<id>+LEFT.conf` and `<id>+LEFT-DONE.conf` while tries are counted; undefined for other files. */
export function entryName(file: string): EntryName | undefined {
  const found = /^(.+?)(?:\+(\d+)(?:-(\d+))?)?\.conf$/s.exec(file);
  const [, id, left, done] = found ?? [];
  if (id === undefined) return undefined;
  return left === undefined ? { id } : { id, tries: { left: Number(left), done: Number(done ?? 0) } };
}

function toEntry(
  reader: Reader,
  mountPoint: string,
  name: EntryName & { readonly path: string },
  text: string,
  digested: boolean,
): LoaderEntry {
  const { title, version, sortKey, machineId, linux, initrds, options } = parseEntry(text);
  // Of several initrds the last is the kernel's own: microcode comes first.
  const initrd = initrds.at(-1);
  const image = linux === undefined ? undefined : bootFile(reader, posix.join(mountPoint, linux), digested);
  const ramdisk =
    initrd === undefined ? undefined : bootFile(reader, posix.join(mountPoint, initrd), digested);
  return {
    ...name,
    ...(title === undefined ? {} : { title }),
    ...(version === undefined ? {} : { version }),
    ...(sortKey === undefined ? {} : { sortKey }),
    ...(machineId === undefined ? {} : { machineId }),
    options,
    ...(image === undefined ? {} : { image }),
    ...(ramdisk === undefined ? {} : { initrd: ramdisk }),
  };
}

function bootFile(reader: Reader, path: string, digested: boolean): BootFile | undefined {
  const stat = reader.stat(path);
  if (stat?.kind !== "file") return undefined;
  return { path, size: stat.size, ...(digested ? { sha256: digestOf(reader, path) } : {}) };
}
