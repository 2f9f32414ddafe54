import { describe, expect, it } from "vitest";
import { atLeast, kernelVersion } from "../../src/facts/kernel-version.ts";

describe("kernelVersion", () => {
  it.each([
    ["6.1.170", { major: 6, minor: 1, patch: 170 }],
    ["6.1.0-26-amd64", { major: 6, minor: 1, patch: undefined }],
    ["6.8.12-4-pve", { major: 6, minor: 8, patch: 12 }],
    ["7.3-rc1", { major: 7, minor: 3, patch: undefined }],
    ["next-20260101", undefined],
    ["", undefined],
  ])("reads %s", (release, version) => {
    expect(kernelVersion(release)).toEqual(version);
  });
});

describe("atLeast", () => {
  it.each([
    ["6.14.0-13-generic", 6, 14, true],
    ["6.9.3", 6, 14, false],
    ["7.0.0", 6, 14, true],
    ["5.15.0", 6, 14, false],
    ["mine", 6, 14, undefined],
  ])("says of %s whether it is %i.%i or later", (release, major, minor, expected) => {
    expect(atLeast(release, major, minor)).toBe(expected);
  });
});
