import { truncated } from "./unpacking.ts";

/**
 * The LZMA decoder behind LZMA2 (Igor Pavlov's lzma-specification.txt): range coder, states, and the window of what has
 * come out. Own code, for no library that carries none of the machine's code decodes what kernels are packed with.
 */

const STATES = 12;
const POSITION_STATES = 16;
/** Probabilities are of 11 bits and start in the middle. */
const EVEN = 1024;
const TOP = 0x1000000;

const LENGTH = { low: 2, mid: 2 + POSITION_STATES * 8, high: 2 + POSITION_STATES * 16 };
const LENGTH_SIZE = LENGTH.high + 256;

/** Where each table of probabilities starts in the one array. */
const AT = {
  isMatch: 0,
  isRep: STATES * POSITION_STATES,
  isRep0: STATES * POSITION_STATES + STATES,
  isRep1: STATES * POSITION_STATES + 2 * STATES,
  isRep2: STATES * POSITION_STATES + 3 * STATES,
  isRep0Long: STATES * POSITION_STATES + 4 * STATES,
  slot: 2 * STATES * POSITION_STATES + 4 * STATES,
  position: 2 * STATES * POSITION_STATES + 4 * STATES + 4 * 64,
  align: 2 * STATES * POSITION_STATES + 4 * STATES + 4 * 64 + 128,
  matchLength: 2 * STATES * POSITION_STATES + 4 * STATES + 4 * 64 + 128 + 16,
  repLength: 2 * STATES * POSITION_STATES + 4 * STATES + 4 * 64 + 128 + 16 + LENGTH_SIZE,
  literal: 2 * STATES * POSITION_STATES + 4 * STATES + 4 * 64 + 128 + 16 + 2 * LENGTH_SIZE,
} as const;

/** LZMA2 allows lc + lp of 4 at most (xz-file-format.txt, 5.3.1). */
const MOST_LITERAL_BITS = 4;
const LITERAL_SIZE = 0x300;

/** More than what one LZMA2 chunk brings. */
const ROOM = 1 << 21;

export class Lzma {
  readonly #dictionary: number;
  #window = new Uint8Array(ROOM * 2);
  /** Where the next byte goes in the window. */
  #at = 0;
  /** Bytes since the dictionary was reset, at most as many as it holds. */
  #full = 0;

  readonly #probabilities = new Uint16Array(AT.literal + (LITERAL_SIZE << MOST_LITERAL_BITS));
  #literalContext = 0;
  #literalMask = 0;
  #positionMask = 0;
  #state = 0;
  #distances: [number, number, number, number] = [0, 0, 0, 0];
  /** Position for the position states, since the last reset of the state. */
  #position = 0;

  #input: Uint8Array = new Uint8Array(0);
  #next = 0;
  #end = 0;
  #range = 0;
  #code = 0;

  /** @param dictionary Bytes. */
  constructor(dictionary: number) {
    this.#dictionary = dictionary;
  }

  resetDictionary(): void {
    this.#full = 0;
    this.#position = 0;
  }

  /** @param properties The byte of lc, lp and pb. */
  setProperties(properties: number): void {
    const lc = properties % 9;
    const rest = Math.floor(properties / 9);
    const lp = rest % 5;
    const pb = Math.floor(rest / 5);
    if (pb > 4 || lc + lp > MOST_LITERAL_BITS) throw new Error("its LZMA properties are not valid");
    this.#literalContext = lc;
    this.#literalMask = (1 << lp) - 1;
    this.#positionMask = (1 << pb) - 1;
  }

  resetState(): void {
    this.#probabilities.fill(EVEN);
    this.#state = 0;
    this.#distances = [0, 0, 0, 0];
  }

  /** Takes bytes as they are. */
  store(bytes: Uint8Array): Uint8Array {
    const from = this.#makeRoom();
    this.#window.set(bytes, from);
    this.#advance(bytes.length);
    return this.#window.slice(from, this.#at);
  }

  /**
   * Decodes one chunk with a range coder of its own.
   *
   * @param input The chunk's compressed bytes.
   * @param length Of what comes out.
   */
  decode(input: Uint8Array, length: number): Uint8Array {
    const from = this.#makeRoom();
    this.#input = input;
    this.#end = input.length;
    this.#next = 5;
    if (input.length < 5) throw truncated();
    if (input[0] !== 0) throw new Error("its range coder does not start with 0");
    this.#code = new DataView(input.buffer, input.byteOffset + 1, 4).getUint32(0);
    this.#range = 0xffffffff;
    const end = from + length;
    while (this.#at < end) this.#symbol(end);
    return this.#window.slice(from, end);
  }

  /** Keeps what matches may still name, in a window that only grows with what really comes. */
  #makeRoom(): number {
    if (this.#at + ROOM <= this.#window.length) return this.#at;
    if (this.#at > 2 * this.#dictionary) {
      this.#window.copyWithin(0, this.#at - this.#full, this.#at);
      this.#at = this.#full;
      if (this.#at + ROOM <= this.#window.length) return this.#at;
    }
    const larger = new Uint8Array(Math.max(this.#window.length * 2, this.#at + ROOM));
    larger.set(this.#window.subarray(0, this.#at));
    this.#window = larger;
    return this.#at;
  }

  #advance(count: number): void {
    this.#at += count;
    this.#position += count;
    this.#full = Math.min(this.#full + count, this.#dictionary);
  }

  #symbol(end: number): void {
    const positionState = this.#position & this.#positionMask;
    const state = this.#state;
    if (this.#bit(AT.isMatch + state * POSITION_STATES + positionState) === 0) {
      this.#literal(state);
      return;
    }
    let length: number;
    if (this.#bit(AT.isRep + state) === 0) {
      length = this.#length(AT.matchLength, positionState);
      this.#state = state < 7 ? 7 : 10;
      const [first, second, third] = this.#distances;
      this.#distances = [this.#distance(length), first, second, third];
    } else {
      if (this.#bit(AT.isRep0 + state) === 0) {
        if (this.#bit(AT.isRep0Long + state * POSITION_STATES + positionState) === 0) {
          this.#state = state < 7 ? 9 : 11;
          this.#copy(1, end);
          return;
        }
      } else {
        this.#distances = this.#repeated(state);
      }
      length = this.#length(AT.repLength, positionState);
      this.#state = state < 7 ? 8 : 11;
    }
    this.#copy(length, end);
  }

  #repeated(state: number): [number, number, number, number] {
    const [first, second, third, fourth] = this.#distances;
    if (this.#bit(AT.isRep1 + state) === 0) return [second, first, third, fourth];
    if (this.#bit(AT.isRep2 + state) === 0) return [third, first, second, fourth];
    return [fourth, first, second, third];
  }

  #literal(state: number): void {
    const window = this.#window;
    const before = this.#full > 0 ? (window[this.#at - 1] ?? 0) : 0;
    const context =
      ((this.#position & this.#literalMask) << this.#literalContext) + (before >> (8 - this.#literalContext));
    const table = AT.literal + LITERAL_SIZE * context;
    let symbol = 1;
    if (state >= 7) {
      const distance = this.#distances[0];
      if (distance >= this.#full) throw new Error("it refers to data that does not exist");
      let match = window[this.#at - distance - 1] ?? 0;
      while (symbol < 0x100) {
        const bitOfMatch = (match >> 7) & 1;
        match <<= 1;
        const bit = this.#bit(table + ((1 + bitOfMatch) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== bitOfMatch) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(table + symbol);
    window[this.#at] = symbol;
    this.#advance(1);
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }

  #length(table: number, positionState: number): number {
    if (this.#bit(table) === 0) return 2 + this.#tree(table + LENGTH.low + positionState * 8, 3);
    if (this.#bit(table + 1) === 0) return 10 + this.#tree(table + LENGTH.mid + positionState * 8, 3);
    return 18 + this.#tree(table + LENGTH.high, 8);
  }

  /** 0 for the byte before. */
  #distance(length: number): number {
    const slot = this.#tree(AT.slot + Math.min(length - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const start = ((2 | (slot & 1)) << bits) >>> 0;
    if (slot < 14) return start + this.#reverseTree(AT.position + start - slot, bits);
    let direct = 0;
    for (let left = bits - 4; left > 0; left--) direct = (direct << 1) | this.#directBit();
    return (start + ((direct << 4) >>> 0) + this.#reverseTree(AT.align, 4)) >>> 0;
  }

  #copy(length: number, end: number): void {
    const distance = this.#distances[0] + 1;
    if (distance > this.#full) throw new Error("it refers to data that does not exist");
    const to = this.#at + length;
    if (to > end) throw new Error("a match leads out of its chunk");
    const window = this.#window;
    for (let at = this.#at; at < to; at++) window[at] = window[at - distance] ?? 0;
    this.#advance(length);
  }

  #tree(table: number, bits: number): number {
    let symbol = 1;
    for (let left = bits; left > 0; left--) symbol = (symbol << 1) | this.#bit(table + symbol);
    return symbol - (1 << bits);
  }

  #reverseTree(table: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let at = 0; at < bits; at++) {
      const bit = this.#bit(table + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << at;
    }
    return value;
  }

  #bit(at: number): 0 | 1 {
    this.#normalise();
    const probability = this.#probabilities[at] ?? EVEN;
    const bound = Math.imul(this.#range >>> 11, probability) >>> 0;
    if (this.#code < bound) {
      this.#range = bound;
      this.#probabilities[at] = probability + ((2048 - probability) >> 5);
      return 0;
    }
    this.#range = (this.#range - bound) >>> 0;
    this.#code = (this.#code - bound) >>> 0;
    this.#probabilities[at] = probability - (probability >> 5);
    return 1;
  }

  #directBit(): 0 | 1 {
    this.#normalise();
    this.#range >>>= 1;
    if (this.#code < this.#range) return 0;
    this.#code = (this.#code - this.#range) >>> 0;
    return 1;
  }

  #normalise(): void {
    if (this.#range >= TOP) return;
    if (this.#next >= this.#end) throw truncated();
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | (this.#input[this.#next++] ?? 0)) >>> 0;
  }
}
