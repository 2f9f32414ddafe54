/** What a search for texts in a file came to. */
export interface TextSearch {
  /** Those of the texts that are there, in the order in which they were asked for. */
  readonly found: readonly string[];
  /** How the file is compressed, e.g. `xz`; left out where it was searched as it is. */
  readonly packed?: string;
  /** Why not all of it could be searched, one clause: what was not found may be there all the same. */
  readonly incomplete?: string;
}

/** Looks for ASCII texts in bytes that come in pieces; a text may lie across any number of them. */
export class TextSeeker {
  readonly #wanted: Map<string, Buffer>;
  readonly #texts: readonly string[];
  readonly #overlap: number;
  #tail = Buffer.alloc(0);

  constructor(texts: readonly string[]) {
    this.#texts = texts;
    this.#wanted = new Map(texts.map((text) => [text, Buffer.from(text, "latin1")]));
    this.#overlap = Math.max(0, ...texts.map((text) => text.length - 1));
  }

  push(piece: Uint8Array): void {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    // Only what lies across the seam needs both parts beside each other.
    const seam = Buffer.concat([this.#tail, bytes.subarray(0, this.#overlap)]);
    for (const [text, wanted] of this.#wanted) {
      if (bytes.includes(wanted) || seam.includes(wanted)) this.#wanted.delete(text);
    }
    const tail = bytes.length >= this.#overlap ? bytes : Buffer.concat([this.#tail, bytes]);
    this.#tail = Buffer.from(tail.subarray(Math.max(0, tail.length - this.#overlap)));
  }

  get foundAll(): boolean {
    return this.#wanted.size === 0;
  }

  get found(): readonly string[] {
    return this.#texts.filter((text) => !this.#wanted.has(text));
  }
}
