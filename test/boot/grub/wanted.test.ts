import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SettingWord } from "../../../src/boot/grub/settings.ts";
import { settingsOf } from "../../../src/boot/grub/settings.ts";
import { withoutWords } from "../../../src/boot/grub/wanted.ts";

const PATH = "/etc/default/grub";

function wordsOf(text: string): readonly SettingWord[] {
  const { usual } = settingsOf([{ path: PATH, text, mode: 0o644, uid: 0, gid: 0 }]);
  if (!usual.known) throw new Error(usual.why);
  return usual.value;
}

function cut(text: string, ...options: readonly string[]): string {
  const words = wordsOf(text).filter(({ option }) => options.includes(option));
  return withoutWords([{ path: PATH, text, mode: 0o644, uid: 0, gid: 0 }], words).get(PATH) ?? text;
}

describe("cutting an option out of a user's file", () => {
  it.each([
    ['X="quiet splash"', ["quiet"], 'X="splash"'],
    ['X="quiet splash"', ["splash"], 'X="quiet"'],
    ['X="quiet splash" # both', ["quiet", "splash"], 'X="" # both'],
    ["X='a  b  c'", ["b"], "X='a   c'"],
    ["X=quiet", ["quiet"], "X="],
    ['X="a b quiet splash"', ["quiet", "splash"], 'X="a b"'],
    ['X="quiet splash a b"', ["quiet", "splash"], 'X="a b"'],
    ["X=a\\ quiet\\ b", ["quiet"], "X=a\\ b"],
    ['X="a \\\n quiet"', ["quiet"], 'X="a \\\n"'],
  ])("%s without %s is %s", (before, options, after) => {
    const name = "GRUB_CMDLINE_LINUX_DEFAULT";
    expect(cut(before.replace("X", name), ...options)).toBe(after.replace("X", name));
  });

  it("leaves the blank in another file that goes on behind it", () => {
    const name = "GRUB_CMDLINE_LINUX_DEFAULT";
    const mine = { path: PATH, text: `${name}="a quiet"\n`, mode: 0o644, uid: 0, gid: 0 };
    const other = { ...mine, path: "/etc/default/grub.d/x.cfg", text: `${name}="$${name} b"\n` };
    const { usual } = settingsOf([mine, other]);
    if (!usual.known) throw new Error(usual.why);
    const gone = usual.value.filter(({ option }) => option !== "b");
    expect([...withoutWords([mine, other], gone)]).toEqual([[PATH, `${name}=""\n`]]);
  });

  it("takes those options and no other, whatever stands around them", () => {
    const word = fc.constantFrom("quiet", "splash", "iommu=on", "a", "'b c'", '"d=e f"');
    const line = fc.array(fc.tuple(word, fc.constantFrom(" ", "  ")), { maxLength: 6 });
    fc.assert(
      fc.property(
        line,
        fc.constantFrom("'", '"', ""),
        fc.subarray(["quiet", "splash", "iommu=on", "a"]),
        (parts, quote, gone) => {
          const plain = parts.filter(([one]) => quote === "" || !/['"]/.test(one));
          const value = plain.map(([one, blank]) => one + blank).join("");
          const text = `# x\nGRUB_CMDLINE_LINUX_DEFAULT=${quote === "" ? value.replaceAll(" ", "\\ ") : quote + value + quote}\nGRUB_Y=1\n`;
          const before = wordsOf(text).map(({ option }) => option);
          const after = wordsOf(cut(text, ...gone)).map(({ option }) => option);
          expect(after).toEqual(before.filter((option) => !gone.includes(option)));
        },
      ),
    );
  });
});
