import { assert, constantFrom, property, string, tuple, array, oneof } from "fast-check";
import { describe, expect, it } from "vitest";
import { compareDebianVersions } from "../../../src/platform/debian/version.ts";

const SIGN = { "<": -1, "=": 0, ">": 1 } as const;

/** What `dpkg --compare-versions` (dpkg 1.21.22) answered for these pairs. */
const DPKG_ANSWERS: readonly (readonly [string, keyof typeof SIGN, string])[] = [
  ["1.0", "=", "1.0"],
  ["1.0", "=", "1.0-0"],
  ["1.0", "=", "0:1.0"],
  ["1.00", "=", "1.0"],
  ["1.9", "<", "1.10"],
  ["1.0", "<", "1.0-1"],
  ["1.0-1", "<", "1.0-1.1"],
  ["1.0-9", "<", "1.0-10"],
  ["1:1.0", ">", "2.0"],
  ["2:1.0", ">", "1:9.9"],
  ["1.0~rc1", "<", "1.0"],
  ["1.0~rc1", ">", "1.0~beta1"],
  ["1.0~~", "<", "1.0~"],
  ["1.0~", "<", "1.0"],
  ["1.0-1~bpo1", "<", "1.0-1"],
  ["1.0a", ">", "1.0"],
  ["1.0a", "<", "1.0b"],
  ["1.0Z", "<", "1.0a"],
  ["1.0a", "<", "1.0+"],
  ["1.0+", "<", "1.0."],
  ["1.0.", ">", "1.0a"],
  ["1.a", "<", "1.."],
  ["1.2-a-1", ">", "1.2-1"],
  ["1-2-3", "<", "1-2-4"],
  ["99999999999999999999", ">", "99999999999999999998"],
  ["0099", "<", "100"],
  ["6.6.0+", "<", "6.6.0-14-generic"],
  ["6.1.0-50-amd64", ">", "6.1.0-9-amd64"],
  ["6.16.3-76061603-generic", ">", "6.16.3-acso1"],
  ["6.8.0-rc1", ">", "6.8.0"],
];

describe("compareDebianVersions", () => {
  it.each(DPKG_ANSWERS)("agrees with dpkg that %s %s %s", (a, relation, b) => {
    expect(Math.sign(compareDebianVersions(a, b))).toBe(SIGN[relation]);
    expect(Math.sign(compareDebianVersions(b, a))).toBe(0 - SIGN[relation]);
  });

  it.each([
    ["5.3.0-7625-generic", "5.3.0-acso"],
    ["6.8.0-45-generic", "6.8.0-acso"],
    ["6.16.3-76061603-generic", "6.16.3-acso1"],
    ["6.3.0-acso", "6.2.6-76060206-generic"],
    ["6.6.0-x64v3-xanmod1", "6.6.0-14-generic"],
    ["6.6.0-14-lowlatency", "6.6.0-14-generic"],
    ["6.6.0-14-generic", "6.6.0+"],
    ["5.3.0-acso.old", "5.3.0-acso"],
  ])("takes %s for newer than %s, as kernelstub was seen to", (newer, older) => {
    expect(compareDebianVersions(newer, older)).toBeGreaterThan(0);
    expect(compareDebianVersions(older, newer)).toBeLessThan(0);
  });

  // Few letters and short texts, so that equal and nearly equal versions come up often. The underscore makes
  // some of them invalid: those must keep their place in the order too.
  const version = oneof(
    array(constantFrom("0", "1", "9", "10", "a", "Z", "~", "+", ".", "-", ":", "_"), { maxLength: 6 }).map(
      (parts) => parts.join(""),
    ),
    string(),
  );

  it("finds every version equal to itself", () => {
    assert(
      property(version, (a) => {
        expect(compareDebianVersions(a, a)).toBe(0);
      }),
    );
  });

  it("gives the opposite answer for the opposite question", () => {
    assert(
      property(version, version, (a, b) => {
        expect(Math.sign(compareDebianVersions(a, b)) + Math.sign(compareDebianVersions(b, a))).toBe(0);
      }),
    );
  });

  it("is transitive", () => {
    assert(
      property(tuple(version, version, version), (versions) => {
        const [low, middle, high] = versions.sort(compareDebianVersions);
        expect(compareDebianVersions(low, middle)).toBeLessThanOrEqual(0);
        expect(compareDebianVersions(middle, high)).toBeLessThanOrEqual(0);
        expect(compareDebianVersions(low, high)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });
});
