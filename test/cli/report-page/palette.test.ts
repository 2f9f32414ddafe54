import { describe, expect, it } from "vitest";
import type { Scheme } from "../../../src/cli/report-page/palette.ts";
import { DARK, HUES, LIGHT } from "../../../src/cli/report-page/palette.ts";

/** WCAG 2.1: relative luminance, and the contrast of two colours. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const SCHEMES: readonly (readonly ["light" | "dark", Scheme])[] = [
  ["light", LIGHT],
  ["dark", DARK],
];

describe.each(SCHEMES)("the %s page", (name, scheme) => {
  const { paper, raised, ink, dim, accent, good, open, bad, added, removed } = scheme;

  it("has text that can be read, wherever it stands (AA)", () => {
    const texts = { ink, dim, accent, good, open, bad };
    for (const [of, colour] of Object.entries(texts))
      for (const ground of [paper, raised]) expect([of, contrast(colour, ground) >= 4.5]).toEqual([of, true]);
    for (const ground of [added, removed]) expect(contrast(ink, ground)).toBeGreaterThanOrEqual(4.5);
  });

  it("has groups whose numbers can be read and whose edges can be seen (AA)", () => {
    for (const { [name]: hue } of HUES) {
      expect(contrast(hue.text, hue.ground)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(hue.edge, paper)).toBeGreaterThanOrEqual(3);
    }
  });

  it("has no two groups of one colour", () => {
    const all = HUES.flatMap(({ [name]: { ground, edge } }) => [ground, edge]);
    expect(new Set(all).size).toBe(all.length);
  });
});
