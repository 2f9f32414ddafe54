import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256Of } from "../src/sha256.ts";

const byOpenSsl = (bytes: string | Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("the SHA-256 of small and of large contents", () => {
  test.each([0, 1, 55, 56, 63, 64, 65, 8191, 8192, 8193, 100_000])("is OpenSSL's for %i bytes", (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 7919) & 255);
    expect(sha256Of(bytes)).toBe(byOpenSsl(bytes));
  });

  test("is OpenSSL's for any text, as UTF-8", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 300 }),
        (text) => sha256Of(text) === byOpenSsl(text),
      ),
    );
  });
});
