import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TextSeeker } from "../../src/archive/text-search.ts";

const TEXT = "pcie_acs_override";

describe("a text in bytes that come in pieces", () => {
  it("is found wherever the pieces end", () => {
    const letters = fc.string({
      unit: fc.constantFrom("p", "c", "i", "e", "_", "a", "s", "o"),
      maxLength: 60,
    });
    const sizes = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(letters, letters, fc.boolean(), sizes, (before, after, there, lengths) => {
        const bytes = Buffer.from(before + (there ? TEXT : "") + after);
        const seeker = new TextSeeker([TEXT, "sosa"]);
        let at = 0;
        for (const length of lengths) {
          seeker.push(bytes.subarray(at, at + length));
          at += length;
        }
        seeker.push(bytes.subarray(at));
        expect(seeker.found).toEqual([TEXT, "sosa"].filter((text) => bytes.includes(text)));
      }),
    );
  });

  it("is found in pieces of one byte, and tells when all is found", () => {
    const seeker = new TextSeeker([TEXT]);
    for (const byte of Buffer.from(`x${TEXT}`)) {
      expect(seeker.foundAll).toBe(false);
      seeker.push(Buffer.from([byte]));
    }
    expect(seeker.foundAll).toBe(true);
  });
});
