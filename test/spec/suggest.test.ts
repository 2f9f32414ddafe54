import { describe, expect, it } from "vitest";
import { suggest } from "../../src/spec/suggest.ts";

const KEYS = ["apiVersion", "bootSymlinks", "devices", "hold", "id", "kernel", "kernelOptions", "present"];

describe("suggest", () => {
  it.each([
    ["presnt", "present"],
    ["kernal", "kernel"],
    ["apiversion", "apiVersion"],
    ["boot_symlinks", "bootSymlinks"],
    ["boot-symlink", "bootSymlinks"],
    ["kernelOption", "kernelOptions"],
    ["device", "devices"],
    ["hodl", "hold"],
    ["ids", "id"],
  ])("takes %s for %s", (word, meant) => {
    expect(suggest(word, KEYS)).toBe(meant);
  });

  it.each(["", "x", "colour", "options", "release"])("takes %j for none of the keys", (word) => {
    expect(suggest(word, KEYS)).toBeUndefined();
  });

  it("prefers the closest", () => {
    expect(suggest("gpu-1", ["gpu-22", "gpu-2", "gpu-1x", "gpu1"])).toBe("gpu1");
  });
});
