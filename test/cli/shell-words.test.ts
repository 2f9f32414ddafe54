import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shellWords } from "../../src/cli/shell-words.ts";

describe("argv as a person would type it", () => {
  it.each([
    [["dpkg", "--install", "/a/b_1.0~rc1.deb"], "dpkg --install '/a/b_1.0~rc1.deb'"],
    [["a", ""], "a ''"],
    [["it's"], String.raw`'it'\''s'`],
    [["a b", "$HOME", "*", "k=v"], "'a b' '$HOME' '*' k=v"],
  ])("quotes %j only where a shell needs it", (argv, line) => {
    expect(shellWords(argv)).toBe(line);
  });

  it("is read back by a real shell as the same words", () => {
    const word = fc.string({ unit: "binary-ascii" }).filter((text) => !text.includes("\0"));
    const lists = fc.sample(fc.array(word, { minLength: 1 }), { numRuns: 50, seed: 1 });
    const words = lists.flat();
    const read = execFileSync("sh", ["-c", `printf '%s\\0' ${shellWords(words)}`], { encoding: "utf8" });
    expect(read.split("\0").slice(0, -1)).toEqual(words);
  });
});
