import { describe, expect, it } from "vitest";
import { compareVersions } from "../../../src/platform/arch/version.ts";

/** As vercmp of pacman 7.0 answers. */
const OLDER: readonly (readonly [string, string])[] = [
  ["6.6.63-1-lts", "6.12.4-zen1-1-zen"],
  ["6.12.4-arch1-1", "6.12.4-zen1-1-zen"],
  ["6.12.4.arch1-1", "6.12.10.arch1-1"],
  ["1.0rc1-1", "1.0-1"],
  ["1.0-1", "1.0.1-1"],
  ["1.0", "1.0.a"],
  ["1.0a", "1.0.0"],
  ["1.0a", "1.0"],
  ["1.a", "1.1"],
  ["1.0-1", "1.0-2"],
  ["9.9-1", "1:0.1-1"],
  ["1..0", "1...0"],
];

describe("the order of versions", () => {
  it.each(OLDER)("%s is older than %s", (older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
  });

  it.each([
    ["1.0-1", "1.0"],
    ["1.00", "1.0"],
    ["0:1.0-1", "1.0-1"],
    ["1_0", "1.0"],
  ])("%s and %s are the same", (a, b) => {
    expect(compareVersions(a, b)).toBe(0);
  });
});
