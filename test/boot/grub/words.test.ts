import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dropInText } from "../../../src/boot/grub/drop-in.ts";
import { settingsOf } from "../../../src/boot/grub/settings.ts";
import { onKernelLine, scriptWords, toScript } from "../../../src/boot/grub/words.ts";
import { parseOption, splitLine } from "../../../src/cmdline.ts";

describe("the words of a script line", () => {
  it.each([
    ["a b\tc", ["a", "b", "c"]],
    [`'a b' "c d" e\\ f`, ["a b", "c d", "e f"]],
    [`a'b'"c"d`, ["abcd"]],
    [String.raw`"a\"b" "a\nb" 'a\b'`, ['a"b', String.raw`a\nb`, String.raw`a\b`]],
    ["a $vt_handoff b", ["a", undefined, "b"]],
    ["a;b", ["a"]],
    ["a # b", ["a"]],
    ["a#b", ["a#b"]],
    ["a{b", ["a"]],
    ["'open", ["open"]],
    ["", []],
  ])("%s", (line, words) => {
    expect(scriptWords(line).map(({ text }) => text)).toEqual(words);
  });
});

describe("an option on its way to the kernel", () => {
  it.each([
    ["quiet", "quiet"],
    ["pci=disable_acs_redir=0000:00:1c.0;pci:8086:1", "'pci=disable_acs_redir=0000:00:1c.0;pci:8086:1'"],
    ['dyndbg="file x.c +p"', "'dyndbg=file x.c +p'"],
    ['"dyndbg=file x.c +p"', "'dyndbg=file x.c +p'"],
    ["a=$HOME", "'a=$HOME'"],
    ["a=*", "'a=*'"],
  ])("%s is written as %s", (option, script) => {
    expect(toScript(option)).toBe(script);
  });

  it.each([`a="b'c"`, String.raw`a=b\c`, 'a=b"c d"e', "a=b\nc", "a='b'"])(
    "%s cannot be written",
    (option) => {
      expect(toScript(option)).toBeUndefined();
    },
  );

  const option = fc
    .tuple(
      fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/),
      fc.option(
        fc.string({
          unit: fc.constantFrom(...Array.from("ab1 ;$`&|<>{}()*?#!~%=,:/@^[]'\"\\\n-")),
          maxLength: 12,
        }),
      ),
    )
    .map(([name, value]) =>
      value === null ? name : /\s/.test(value) ? `${name}="${value}"` : `${name}=${value}`,
    )
    .filter((text) => splitLine(text).length === 1);

  it("comes out of drop-in, sh, GRUB's words and the kernel's splitting as it was meant, or is refused", () => {
    fc.assert(
      fc.property(fc.array(option, { minLength: 1, maxLength: 4 }), (options) => {
        const good = options.filter((one) => toScript(one) !== undefined);
        const text = dropInText({ options: good });
        if (text === undefined) return;
        const file = { path: "/etc/default/grub.d/95-hostcfg.cfg", text, mode: 0o644, uid: 0, gid: 0 };
        const { usual } = settingsOf([file]);
        if (!usual.known) throw new Error(usual.why);
        const line = usual.value.map((word) => word.option).join(" ");
        expect(splitLine(line).map(parseOption)).toEqual(good.map(parseOption));
      }),
      { numRuns: 500 },
    );
  });

  it("reaches GRUB's settings through a real sh as the same text", () => {
    fc.assert(
      fc.property(fc.array(option, { minLength: 1, maxLength: 3 }), (options) => {
        const good = options.filter((one) => toScript(one) !== undefined);
        const text = dropInText({ options: good });
        if (text === undefined) return;
        const script = `GRUB_CMDLINE_LINUX_DEFAULT=quiet\n${text}\nprintf %s "$GRUB_CMDLINE_LINUX_DEFAULT"`;
        const value = execFileSync("sh", ["-c", script], { env: {} }).toString();
        const words = scriptWords(value).map((word) => parseOption(onKernelLine(word.text ?? "")));
        expect(words).toEqual(["quiet", ...good].map(parseOption));
      }),
      { numRuns: 60 },
    );
  });
});
