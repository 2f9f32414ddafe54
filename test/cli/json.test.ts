import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonText } from "../../src/cli/json.ts";

/** Every code point, lone surrogates too. */
const anyText = fc.array(fc.nat(0x10ffff)).map((codes) => String.fromCodePoint(...codes));

describe("a JSON document on stdout", () => {
  it("reads back as what went in, whatever the characters", () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        expect(JSON.parse(jsonText({ raw }))).toEqual({ raw });
      }),
    );
  });

  it("has no character but line breaks that a terminal would obey", () => {
    const document = jsonText({ name: "\u001b[2J\u009b\u202e\u2028\u{e0001}" });
    expect(document).toBe('{\n  "name": "\\u001b[2J\\u009b\\u202e\\u2028\\udb40\\udc01"\n}\n');
  });
});
