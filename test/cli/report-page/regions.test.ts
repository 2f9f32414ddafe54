import { describe, expect, it } from "vitest";
import { HUES } from "../../../src/cli/report-page/palette.ts";
import { sceneOf } from "../../../src/cli/report-page/scene.ts";
import { ALONE, APART, ONE_GROUP, OTHER_GPU, predicted, reportWith } from "./support.ts";

describe("the groups of a page", () => {
  it("are one where both boots have the same devices in it, with its number", () => {
    const { regions } = sceneOf(reportWith(predicted(ONE_GROUP)));
    expect(regions.all.map(({ label, now, next }) => [label, now, next])).toEqual([
      ["7", true, true],
      ["9", true, true],
    ]);
    expect(regions.same).toBe(true);
  });

  it("are new ones with #1, #2 where the next boot makes others", () => {
    const { regions } = sceneOf(reportWith(predicted(APART)));
    expect(regions.all.map(({ label, now, next }) => [label, now, next])).toEqual([
      ["7", true, false],
      ["9", true, true],
      ["#1", false, true],
      ["#2", false, true],
      ["#3", false, true],
      ["#4", false, true],
    ]);
    expect(regions.same).toBe(false);
  });

  it("have a colour where they hold several devices, or one that the spec names", () => {
    const { regions } = sceneOf(reportWith(predicted(APART)));
    expect(regions.now?.get(OTHER_GPU)?.hue).toBeDefined();
    expect(regions.next?.get(OTHER_GPU)?.hue).toBeDefined();
    expect(regions.all.filter(({ hue }) => hue !== undefined).map(({ label }) => label)).toEqual(["7", "#4"]);
    expect(regions.now?.get(ALONE)?.hue).toBeUndefined();
  });

  it("have other colours than the coloured ones before and beside them", () => {
    const { regions } = sceneOf(reportWith(predicted(APART)));
    const hues = regions.all.flatMap(({ hue }) => hue ?? []);
    expect(new Set(hues).size).toBe(hues.length);
    expect(Math.max(...hues)).toBeLessThan(HUES.length);
  });
});
