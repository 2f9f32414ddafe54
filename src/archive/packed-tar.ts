import { formatAt } from "./formats.ts";
import { TAR_BLOCK, tarHeader, tarSpace } from "./tar.ts";
import type { Unpack } from "./unpacking.ts";

type Pieces = ReturnType<Unpack>;

/** The bytes of a tar archive that may be compressed. */
export async function unpackedTar(archive: Uint8Array): Promise<Pieces> {
  const format = formatAt(archive);
  if (format === undefined) return [archive];
  if (format.load === undefined) throw new Error(`hostcfg does not unpack ${format.name}`);
  const { unXz, unZstdInPieces } = await import("./unpackers.ts");
  // Every byte counts here, unlike in a search, and often only the beginning is needed.
  if (format.name === "xz") return unXz(archive, true);
  return format.name === "zstd" ? unZstdInPieces(archive) : (await format.load())(archive);
}

export interface TarFile {
  /** Without a slash in front. */
  readonly name: string;
  readonly content: Uint8Array;
}

/**
 * The files of an archive that are wanted, in its order.
 *
 * @param wanted What to do with the one of this name; what is behind `stop` stays packed.
 */
export async function* tarFiles(
  pieces: Pieces,
  wanted: (name: string) => "take" | "skip" | "stop",
): AsyncGenerator<TarFile> {
  const source = new Source(pieces);
  try {
    for (;;) {
      const block = await source.take(TAR_BLOCK);
      const header = tarHeader(block, 0);
      if (header === undefined) return;
      const name = header.name.replace(/^\.?\//, "");
      const what = wanted(name);
      if (what === "stop") return;
      if (header.isFile && what === "take") {
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
