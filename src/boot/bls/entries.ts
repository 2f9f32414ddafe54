import { posix } from "node:path";
import { attempt } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { BootFile, Fact, LoaderEntry } from "../../model/index.ts";
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
      const find = (named: string): BootFile | undefined => bootFile(reader, named, digested(name.id));
      return text === undefined ? [] : [entryOf({ ...name, path }, text, mountPoint, find)];
    });
  });
}

/** The name that EFI has for x86-64, which hosts with an IOMMU of Intel's or AMD's are. */
const OURS = "x64";

export type EntryName = Pick<LoaderEntry, "id" | "tries">;

/**
 * `<id>.conf`, or `<id>+LEFT.conf` and `<id>+LEFT-DONE.conf` while tries are counted; undefined for other files, and for
 * those that systemd-boot passes over: hidden ones, and those with a name that only it gives.
 */
export function entryName(file: string): EntryName | undefined {
  const found = /^(?!\.|auto-)(.+?)(?:\+(\d+)(?:-(\d+))?)?\.conf$/is.exec(file);
  const [, id, left, done] = found ?? [];
  if (id === undefined) return undefined;
  return left === undefined ? { id } : { id, tries: { left: Number(left), done: Number(done ?? 0) } };
}

/** The files that an entry's text names, as paths of the host. */
export function filesNamedBy(
  text: string,
  mountPoint: string,
): { image?: string; initrd?: string; program?: string } {
  const { linux, efi, initrds } = parseEntry(text);
  // Of several initrds the last is the kernel's own: microcode comes first.
  const initrd = initrds.at(-1);
  return {
    ...(linux === undefined ? {} : { image: posix.join(mountPoint, linux) }),
    ...(efi === undefined ? {} : { program: posix.join(mountPoint, efi) }),
    ...(initrd === undefined ? {} : { initrd: posix.join(mountPoint, initrd) }),
  };
}

/**
 * The entry that a text makes.
 *
 * @param find What stands at a path that it names; undefined where nothing does.
 */
export function entryOf(
  name: EntryName & { readonly path: string },
  text: string,
  mountPoint: string,
  find: (path: string) => BootFile | undefined,
): LoaderEntry {
  const { title, version, sortKey, machineId, options, architecture = OURS } = parseEntry(text);
  // The loader leaves out what is for another architecture.
  const named = architecture === OURS ? filesNamedBy(text, mountPoint) : {};
  const image = named.image === undefined ? undefined : find(named.image);
  const initrd = named.initrd === undefined ? undefined : find(named.initrd);
  const program = named.program === undefined ? undefined : find(named.program);
  return {
    ...name,
    ...(title === undefined ? {} : { title }),
    ...(version === undefined ? {} : { version }),
    ...(sortKey === undefined ? {} : { sortKey }),
    ...(machineId === undefined ? {} : { machineId }),
    options,
    ...(image === undefined ? {} : { image }),
    ...(initrd === undefined ? {} : { initrd }),
    ...(program === undefined ? {} : { program }),
  };
}

function bootFile(reader: Reader, path: string, digested: boolean): BootFile | undefined {
  const stat = reader.stat(path);
  if (stat?.kind !== "file") return undefined;
  return { path, size: stat.size, ...(digested ? { sha256: digestOf(reader, path) } : {}) };
}
