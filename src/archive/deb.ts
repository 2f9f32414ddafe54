import { tarFiles, unpackedTar } from "./packed-tar.ts";
import { searchBytes } from "./search-bytes.ts";
import type { TextSearch } from "./text-search.ts";

/** What a search in the kernel's files of a package came to. */
export interface PackageSearch {
  readonly files: readonly (TextSearch & {
    /** Where the file would be installed. */
    readonly path: string;
  })[];
  /** Why not all of the package could be looked at, one clause. */
  readonly incomplete?: string;
}

const FOLDER = "boot/";
const KERNEL_FILE = /^boot\/(vmlinuz|System\.map)-/;

/**
 * Looks for ASCII texts in the files `/boot/vmlinuz-*` and `/boot/System.map-*` of a .deb, in memory: nothing is
 * installed or unpacked to a disk. dpkg-deb(1) sorts what it packs, so all behind /boot is left packed.
 */
export async function searchPackage(deb: Uint8Array, texts: readonly string[]): Promise<PackageSearch> {
  const files: (TextSearch & { path: string })[] = [];
  try {
    const archive = await unpackedTar(dataArchive(deb));
    for await (const { name, content } of tarFiles(archive, isWanted)) {
      files.push({ path: `/${name}`, ...(await searchBytes(content, texts)) });
    }
    return { files };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { files, incomplete: `its data archive cannot be unpacked: ${why}` };
  }
}

function isWanted(name: string): "take" | "skip" | "stop" {
  if (!name.startsWith(FOLDER) && name > FOLDER) return "stop";
  return KERNEL_FILE.test(name) ? "take" : "skip";
}

/** deb(5): an ar archive whose member data.tar, compressed by one of several programs, holds the files. */
function dataArchive(deb: Uint8Array): Uint8Array {
  const ar = Buffer.from(deb.buffer, deb.byteOffset, deb.byteLength);
  if (ar.toString("latin1", 0, 8) !== "!<arch>\n") throw new Error("the file is no package");
  for (let at = 8; at + 60 <= ar.length;) {
    const name = ar.toString("latin1", at, at + 16).trim();
    const size = Number(ar.toString("latin1", at + 48, at + 58));
    if (!Number.isInteger(size)) break;
    if (name.startsWith("data.tar")) return ar.subarray(at + 60, at + 60 + size);
    // Members start on even bytes.
    at += 60 + size + (size % 2);
  }
  throw new Error("the file has no data archive");
}
