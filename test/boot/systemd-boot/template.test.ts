import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  optionsOfNewEntry,
  templateOptions,
  withTemplateOptions,
} from "../../../src/boot/systemd-boot/template.ts";
import { known } from "../../../src/facts/fact.ts";

const withSystemd = (version: string) => ({
  packages: known([
    { name: "systemd", version, architecture: "amd64", state: "installed", held: false, broken: false },
  ]),
});

describe("/etc/kernel/cmdline", () => {
  it.each<[string, string, string[], string]>([
    ["adds behind the last option", "root=UUID=1 ro\n", ["root=UUID=1", "ro", "a"], "root=UUID=1 ro a\n"],
    [
      "keeps comments and lines",
      "# root\nroot=1 ro\n# quiet boot\nquiet\n",
      ["root=1", "ro", "quiet", "a"],
      "# root\nroot=1 ro\n# quiet boot\nquiet a\n",
    ],
    [
      "takes a word out of its own line",
      "root=1\nro quiet\nsplash\n",
      ["root=1", "ro", "splash"],
      "root=1\nro\nsplash\n",
    ],
    ["changes a value in its place", "a=1 b\nc\n", ["a=2", "b", "c"], "a=2 b\nc\n"],
    [
      "keeps the blanks of a line that does not change",
      "root=1   ro\nquiet\n",
      ["root=1", "ro", "x"],
      "root=1   ro\nx\n",
    ],
    ["writes a first line where there is none", "\n", ["root=1", "ro"], "root=1 ro\n"],
    ["writes below comments where there is nothing else", "# mine\n", ["ro"], "# mine\nro\n"],
    ["writes into no comment with blanks before it", "ro\n  # quiet\n", ["ro", "a"], "ro a\n  # quiet\n"],
    ["ends as it ended", "root=1", ["root=1", "ro"], "root=1 ro"],
  ])("%s", (_what, before, options, after) => {
    expect(withTemplateOptions(before, options)).toBe(after);
  });

  it("has the options that were written, and all comments, whatever stood there", () => {
    const word = fc.constantFrom("a", "b", "c=1", "c=2", "root=1");
    const line = fc.oneof(
      fc.array(word, { maxLength: 4 }).map((words) => words.join(" ")),
      fc.constantFrom("# a comment", "#b"),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), fc.array(word, { maxLength: 6 }), (lines, options) => {
        const text = `${lines.join("\n")}\n`;
        const after = withTemplateOptions(text, options);
        expect(templateOptions(after)).toEqual(options);
        const comments = (of: string) => of.split("\n").filter((one) => one.startsWith("#"));
        expect(comments(after)).toEqual(comments(text));
        expect(withTemplateOptions(after, options)).toBe(after);
      }),
    );
  });

  it.each([
    ["252.39-1~deb12u1", ["#", "my", "root=1", "ro"]],
    ["257.8-1~deb13u2", ["root=1", "ro"]],
  ])("is read by kernel-install %s as it is", (version, options) => {
    expect(optionsOfNewEntry("# my\nroot=1 ro\n", withSystemd(version))).toEqual(options);
  });
});
