import { describe, expect, it } from "vitest";
import type { Noted } from "../../src/journal/set-earlier.ts";
import { setEarlier } from "../../src/journal/set-earlier.ts";

const LINK = "bootSymlinks./vmlinuz";

/** Applies one after the other, each of which changes the link from and to this; null is no link. */
function applies(...changes: readonly (readonly [before: string | null, after: string | null])[]): Noted[] {
  return changes.map(([before, after], at) => ({
    id: `000${at + 1}`,
    result: "applied",
    steps: {},
    damage: [],
    plan: {
      changes: [{ address: LINK, action: "update", before, after, reason: "", effect: "now" }],
      steps: [],
    },
  }));
}

describe("what applies have set", () => {
  it.each([
    ["one that made a link", applies([null, "a"]), { before: null, after: "a", apply: "0001" }],
    [
      "two, of which the first made it",
      applies([null, "a"], ["a", "b"]),
      { before: null, after: "b", apply: "0002" },
    ],
    ["three", applies([null, "a"], ["a", "b"], ["b", "c"]), { before: null, after: "c", apply: "0003" }],
    [
      "two that moved somebody's",
      applies(["x", "a"], ["a", "b"]),
      { before: "x", after: "b", apply: "0002" },
    ],
  ])("is given back as it was before the first of them: %s", (_, history, earlier) => {
    expect(setEarlier(history)).toEqual([{ address: LINK, ...earlier }]);
  });

  it.each([
    ["to nothing", applies([null, "a"], ["a", null])],
    ["to what was there", applies(["x", "a"], ["a", "b"], ["b", "x"])],
  ])("is nothing once it was taken back %s", (_, history) => {
    expect(setEarlier(history)).toEqual([]);
  });
});
