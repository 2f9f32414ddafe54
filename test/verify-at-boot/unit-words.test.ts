import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { whyNoArgument, whyNoProgram, wordOf, wordsOf } from "../../src/verify-at-boot/unit-words.ts";
import "../support/seed.ts";

const character = fc.oneof(
  fc.nat(0x10ffff).map((code) => String.fromCodePoint(code)),
  fc.constantFrom("%", "$", "\\", '"', "'", " ", ";", "{", "%%", "$$", "\n", "\u0000"),
);
const path = fc.array(character, { maxLength: 20 }).map((parts) => `/${parts.join("")}`);
const argument = path.filter((one) => whyNoArgument(one) === undefined);

describe("a path as a word of a unit's command", () => {
  it.each([
    ["/etc/hostcfg/host.yaml", "/etc/hostcfg/host.yaml"],
    ["/srv/my specs/50% off.yaml", '"/srv/my specs/50%% off.yaml"'],
    ["/x/$HOME/${A}", '"/x/$$HOME/$${A}"'],
    ['/x/"q"\\n', '"/x/\\"q\\"\\\\n"'],
    ["/x/it's;", '"/x/it\'s;"'],
    ["/x/é", '"/x/é"'],
  ])("%s is written %s", (one, word) => {
    expect(wordOf(one)).toBe(word);
  });

  it("reads back as it was, alone and among others, whatever the characters", () => {
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 5 }), (words) => {
        expect(wordsOf(words.map(wordOf).join(" "))).toEqual(words);
      }),
    );
  });

  it("is on one line, with no specifier, no variable and no blank outside of quotes", () => {
    fc.assert(
      fc.property(argument, (one) => {
        const word = wordOf(one);
        expect(word).not.toMatch(/[\n\r\0]/);
        expect(word.replaceAll("%%", "")).not.toContain("%");
        expect(word.replaceAll("$$", "")).not.toContain("$");
        if (!word.startsWith('"')) expect(word).toMatch(/^[A-Za-z0-9/_.,:=@+-]+$/);
        else expect(word.slice(1, -1).replace(/\\["\\]/g, "")).not.toMatch(/["\\]/);
      }),
    );
  });
});

describe("what a person may have made of a command", () => {
  it.each<[string, readonly string[] | undefined]>([
    ["/bin/a  'b c'\td", ["/bin/a", "b c", "d"]],
    ["/bin/a b\"c d\"'e'", ["/bin/a", "bc de"]],
    ["/bin/a %h", undefined],
    ["/bin/a $HOME", undefined],
    ["/bin/a \\x41", undefined],
    ['/bin/a "open', undefined],
    ["", []],
  ])("%s", (command, words) => {
    expect(wordsOf(command)).toEqual(words);
  });
});

describe("a path that no unit can name", () => {
  it.each([
    ["/a\nb", "it has a control character"],
    ["/a\u0085b", "it has a control character"],
    ["/a\ud800b", "it is not UTF-8"],
  ])("%j: %s", (one, why) => {
    expect(whyNoArgument(one)).toBe(why);
    expect(whyNoProgram(one)).toBe(why);
  });

  it.each(['/a"b', "/a'b", "/a\\b", "/a$b"])("as its program: %s", (one) => {
    expect(whyNoArgument(one)).toBeUndefined();
    expect(whyNoProgram(one)).toContain("systemd");
  });
});
