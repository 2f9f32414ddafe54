import { describe, expect, it } from "vitest";
import { sceneOf } from "../../../src/cli/report-page/scene.ts";
import { whyCards } from "../../../src/cli/report-page/why.ts";
import { explain } from "../../../src/plan/groups.ts";
import type { Pair } from "../../../src/plan/report.ts";
import { elementsOf, readMarkup, textOfElement } from "../../support/read-markup.ts";
import { APART, GPU, ONE_GROUP, OTHER_GPU, predicted, reportWith } from "./support.ts";

const devices = (() => {
  const { groups } = reportWith(predicted(APART));
  return groups.devices.known ? groups.devices.value : [];
})();
const before = explain(devices, predicted(ONE_GROUP), [GPU, OTHER_GPU]);
const after = explain(devices, predicted(APART), [GPU, OTHER_GPU]);

function cards(pair: Partial<Pair>, morePairs = 0) {
  const report = reportWith(predicted(APART));
  const scene = sceneOf({ ...report, pairs: [{ a: GPU, b: OTHER_GPU, ...pair }], morePairs });
  const root = readMarkup(`<!doctype html>\n<div>${whyCards(scene).written}</div>`);
  const links = elementsOf(root).filter(({ name }) => name === "a");
  const chain = elementsOf(root).find(({ attributes }) => attributes["class"] === "chain");
  return { text: textOfElement(root), links, chain };
}

describe("why two devices share a group", () => {
  it("is told as a chain from the one to the other, each link with its sentence", () => {
    const { links, text } = cards({ before, after });
    expect(links.map(textOfElement)).toEqual([
      "01:00.0",
      "tied by reason 1",
      "port 00:01.0",
      "tied by reason 2",
      "port 00:01.1",
      "tied by reason 3",
      "02:00.0 vm-gpu",
    ]);
    expect(before.sentences.length).toBe(3);
    for (const sentence of before.sentences) expect(text).toContain(sentence);
    expect(links.map(({ attributes }) => attributes["href"])).toEqual([
      "#pci-0000:01:00.0",
      "#why-1-before-1",
      "#pci-0000:00:01.0",
      "#why-1-before-2",
      "#pci-0000:00:01.1",
      "#why-1-before-3",
      "#pci-0000:02:00.0",
    ]);
  });

  it("says what the plan makes of it", () => {
    expect(cards({ before, after }).text).toContain(
      "With the plan: 01:00.0 and 02:00.0 are in different groups.",
    );
  });

  it("is said once where the plan changes nothing of it", () => {
    const { text } = cards({ before, after: before });
    expect(text).toContain("With the plan and without it: 01:00.0 and 02:00.0 are in one group.");
    expect(text.match(/are in one group/g)).toHaveLength(1);
  });

  it("says where no groups are predicted, and how many pairs are left out", () => {
    const { text } = cards({ after }, 5);
    expect(text).toContain("Without the plan: no groups are predicted.");
    expect(text).toContain("5 more devices share a group with one that the spec names.");
  });
});
