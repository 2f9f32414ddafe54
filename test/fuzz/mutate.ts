import type fc from "fast-check";
import type { Arbitrary } from "fast-check";

/** What file formats choke on: ends, quotes, brackets, blanks, NUL, bytes that are no UTF-8, and what is long. */
const MORSELS: readonly (readonly number[])[] = [
  "\n",
  "\0",
  '"',
  "'",
  "\\",
  "$(",
  "`",
  "{",
  "}",
  "[",
  "=",
  " ",
  "\t",
  "#",
  "--",
  "%",
  "\u202e",
  "9".repeat(40),
  "a".repeat(5000),
  "{".repeat(300),
  "[".repeat(3000),
]
  .map((text) => [...Buffer.from(text)])
  .concat([[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf]]);

interface Edit {
  /** Where, as a part of the length. */
  readonly at: number;
  readonly kind: "cut" | "flip" | "insert" | "remove" | "double";
  readonly amount: number;
  readonly morsel: number;
}

/** Some edits of a file, made without knowing what it is. */
export function edits(check: typeof fc): Arbitrary<readonly Edit[]> {
  return check.array(
    check.record({
      at: check.double({ min: 0, max: 1, noNaN: true }),
      kind: check.constantFrom<Edit["kind"]>("cut", "flip", "insert", "remove", "double"),
      amount: check.integer({ min: 1, max: 64 }),
      morsel: check.integer({ min: 0, max: MORSELS.length - 1 }),
    }),
    { minLength: 1, maxLength: 4 },
  );
}

export function mutate(original: Uint8Array, changes: readonly Edit[]): Buffer {
  return changes.reduce<Buffer>((bytes, { at, kind, amount, morsel }) => {
    const here = Math.floor(at * bytes.length);
    const [before, after] = [bytes.subarray(0, here), bytes.subarray(here)];
    switch (kind) {
      case "cut":
        return before;
      case "remove":
        return Buffer.concat([before, after.subarray(amount)]);
      case "double":
        return Buffer.concat([before, after.subarray(0, amount), after]);
      case "insert":
        return Buffer.concat([before, Buffer.from(MORSELS[morsel] ?? []), after]);
      case "flip": {
        const bent = Buffer.from(bytes);
        if (here < bent.length) bent[here] = (bent[here] ?? 0) ^ amount;
        return bent;
      }
    }
  }, Buffer.from(original));
}
