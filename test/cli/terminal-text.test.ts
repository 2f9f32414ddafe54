import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { COLOURED, PLAIN } from "../../src/cli/style.ts";
import { describe, expect, it } from "vitest";
import { text, visible, written } from "../../src/cli/terminal-text.ts";

/** Every code point, lone surrogates too. */
const anyText = fc.array(fc.nat(0x10ffff)).map((codes) => String.fromCodePoint(...codes));

describe("text for a terminal", () => {
  it.each([
    ["a bell and an escape", "\u0007\u001b[31m", "\\x07\\x1b[31m"],
    ["line breaks and tabs", "a\r\n\tb", "a\\r\\n\\tb"],
    ["an escape of one byte (C1)", "\u009b2J", "\\x9b2J"],
    ["a right-to-left override", "a\u202eb", "a\\u{202e}b"],
    ["a zero-width space", "a\u200bb", "a\\u{200b}b"],
    ["half a surrogate pair", "a\ud800b", "a\\u{d800}b"],
    ["what people write", "naïve 日本語 🙂", "naïve 日本語 🙂"],
  ])("shows %s", (_what, raw, shown) => {
    expect(visible(raw)).toBe(shown);
  });

  it("never lets a character through that a terminal would obey, and needs no second pass", () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        const shown = visible(raw);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect(visible(shown)).toBe(shown);
      }),
    );
  });

  it("makes what is put into a template safe, and keeps its own literals and paint", () => {
    const painted = text`${"\n"}`.painted("red");
    expect(text`a ${painted} ${"b\u001b"} ${3}`.written).toBe("a \u001b[31m\\n\u001b[39m b\\x1b 3");
  });

  it("ends each line with a line break", () => {
    expect(written([text`a`, text``, text`b`], PLAIN)).toBe("a\n\nb\n");
  });
});

describe("a line on a stream of so many columns", () => {
  const words = text`  one two three four`;

  it("goes on in the next line at its own column, where it may be wrapped", () => {
    expect(words.wrapped(4).within(13)).toBe("  one two\n    three\n    four");
    expect(words.within(13)).toBe("  one two three four");
    expect(words.wrapped(4).within(undefined)).toBe("  one two three four");
  });

  it("keeps a word whole that is wider than the stream: somebody copies it", () => {
    expect(text`see /a/very/long/path now`.wrapped(2).within(10)).toBe("see\n  /a/very/long/path\n  now");
  });

  it("keeps the blanks between the columns of a table that fits", () => {
    expect(text`a   b   c`.wrapped(2).within(9)).toBe("a   b   c");
  });

  it("does not count what only sets colours", () => {
    const coloured = COLOURED.green("one two three").wrapped(2);
    expect(coloured.width).toBe(13);
    expect(coloured.within(13)).toBe(coloured.written);
    expect(stripVTControlCharacters(coloured.within(8))).toBe("one two\n  three");
  });
});
