import { TAR_BLOCK, tarHeader, tarSpace } from "./tar.ts";
import { formatAt } from "./formats.ts";
import { searchBytes } from "./search-bytes.ts";
import type { TextSearch } from "./text-search.ts";
import type { Unpack } from "./unpacking.ts";

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
    for await (const { name, content } of kernelFiles(await dataArchive(deb))) {
      files.push({ path: `/${name}`, ...(await searchBytes(content, texts)) });
    }
    return { files };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { files, incomplete: `its data archive cannot be unpacked: ${why}` };
  }
}

type Pieces = ReturnType<Unpack>;

/** deb(5): an ar archive whose member data.tar, compressed by one of several programs, holds the files. */
async function dataArchive(deb: Uint8Array): Promise<Pieces> {
  const ar = Buffer.from(deb.buffer, deb.byteOffset, deb.byteLength);
  if (ar.toString("latin1", 0, 8) !== "!<arch>\n") throw new Error("the file is no package");
  for (let at = 8; at + 60 <= ar.length;) {
    const name = ar.toString("latin1", at, at + 16).trim();
    const size = Number(ar.toString("latin1", at + 48, at + 58));
    if (!Number.isInteger(size)) break;
    if (name.startsWith("data.tar")) return unpackedTar(ar.subarray(at + 60, at + 60 + size));
    // Members start on even bytes.
    at += 60 + size + (size % 2);
  }
  throw new Error("the file has no data archive");
}

async function unpackedTar(archive: Uint8Array): Promise<Pieces> {
  const format = formatAt(archive);
  if (format === undefined) return [archive];
  if (format.load === undefined) throw new Error(`hostcfg does not unpack ${format.name}`);
  const { unXz, unZstdInPieces } = await import("./unpackers.ts");
  // Every byte counts here, unlike in a search, and only the beginning is needed.
  if (format.name === "xz") return unXz(archive, true);
  return format.name === "zstd" ? unZstdInPieces(archive) : (await format.load())(archive);
}

interface KernelFile {
  /** Without a slash in front. */
  readonly name: string;
  readonly content: Uint8Array;
}

async function* kernelFiles(pieces: Pieces): AsyncGenerator<KernelFile> {
  const source = new Source(pieces);
  try {
    for (;;) {
      const block = await source.take(TAR_BLOCK);
      const header = tarHeader(block, 0);
      if (header === undefined) return;
      const name = header.name.replace(/^\.?\//, "");
      if (!name.startsWith(FOLDER) && name > FOLDER) return;
      if (header.isFile && KERNEL_FILE.test(name)) {
        const content = await source.take(header.size);
        await source.skip(tarSpace(header.size) - header.size);
        yield { name, content };
      } else {
        await source.skip(tarSpace(header.size));
      }
    }
  } finally {
    await source.close();
  }
}

/** Bytes that come in pieces, taken in other pieces. */
class Source {
  readonly #iterator: Iterator<Uint8Array> | AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(pieces: Pieces) {
    this.#iterator =
      Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  }

  async take(size: number): Promise<Uint8Array> {
    const taken: Uint8Array[] = [];
    for await (const piece of this.#pieces(size)) taken.push(piece);
    return Buffer.concat(taken);
  }

  async skip(size: number): Promise<void> {
    const pieces = this.#pieces(size);
    while ((await pieces.next()).done !== true);
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  async *#pieces(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0;) {
      if (this.#piece.length === 0) {
        const next = await this.#iterator.next();
        if (next.done === true) throw new Error("it ends early");
        this.#piece = next.value;
        continue;
      }
      const part = this.#piece.subarray(0, left);
      this.#piece = this.#piece.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }
}
