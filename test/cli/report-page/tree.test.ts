import { describe, expect, it } from "vitest";
import { sceneOf } from "../../../src/cli/report-page/scene.ts";
import { treeTable } from "../../../src/cli/report-page/tree.ts";
import type { PredictedGroups } from "../../../src/plan/groups.ts";
import { elementsOf, readMarkup, textOfElement } from "../../support/read-markup.ts";
import {
  ALONE,
  APART,
  GPU,
  ONE_GROUP,
  OTHER_GPU,
  OTHER_PORT,
  PORT,
  predicted,
  reportWith,
} from "./support.ts";

/** The heads of the columns, and each row: its id, its cells as `text (classes)`, and the text of the device. */
function drawn(planned: PredictedGroups) {
  const table = readMarkup(`<!doctype html>\n${treeTable(sceneOf(reportWith(planned))).written.trim()}`);
  const elements = elementsOf(table);
  const rows = elements
    .filter(({ name, attributes }) => name === "tr" && attributes["id"] !== undefined)
    .map((row) => {
      const cells = elementsOf(row).filter(({ name }) => name === "td" || name === "th");
      return {
        id: row.attributes["id"],
        groups: cells
          .slice(0, -1)
          .map((cell) => `${textOfElement(cell)} ${cell.attributes["class"]?.replace(/ ?\bh\d/, "") ?? ""}`),
        device: cells.slice(-1).map(textOfElement).join(""),
        level: cells.at(-1)?.attributes["class"],
      };
    });
  const heads = elements.filter(({ attributes }) => attributes["scope"] === "col").map(textOfElement);
  return { heads, rows };
}

describe("the tree of a page", () => {
  it("has a block over the rows of a group now, and one for each group of the next boot", () => {
    const { heads, rows } = drawn(predicted(APART));
    expect(heads).toEqual(["Now", "Next boot likely", "Device"]);
    expect(rows.map(({ id, groups }) => [id, ...groups])).toEqual([
      [`pci-${PORT}`, "7 g first", "#1 g plain first last"],
      [`pci-${GPU}`, "7 g", "#2 g plain first last"],
      [`pci-${OTHER_PORT}`, "7 g", "#3 g plain first last"],
      [`pci-${OTHER_GPU}`, "7 g last", "#4 g first last"],
      [`pci-${ALONE}`, "9 g plain first last", "9 g plain first last"],
    ]);
  });

  it("has one column where both boots have the same groups", () => {
    const { heads, rows } = drawn(predicted(ONE_GROUP));
    expect(heads).toEqual(["Now and next likely", "Device"]);
    expect(rows.map(({ groups }) => groups.length)).toEqual([1, 1, 1, 1, 1]);
  });

  it("has the present groups alone where the next ones are unknown", () => {
    expect(drawn({ known: false, why: "no" }).heads).toEqual(["Now", "Device"]);
  });

  it("sets each device below its bridge, with the name that the spec gives it", () => {
    const { rows } = drawn(predicted(APART));
    expect(rows.map(({ level }) => level)).toEqual(["l0 bridge", "l1", "l0 bridge", "l1", "l0"]);
    expect(rows[3]?.device).toMatch(/^02:00\.0 VGA compatible controller \[1022:1483\] vm-gpu no driver/);
  });

  it("says what keeps devices together, and in which boot where not in both", () => {
    const marks = (planned: PredictedGroups) =>
      drawn(planned).rows.map(({ device }) => /!.*/.exec(device)?.[0]);
    const why = "! has no ACS capability";
    const gone = `${why} (without the plan)`;
    expect(marks(predicted(ONE_GROUP))).toEqual([why, undefined, why, undefined, undefined]);
    expect(marks(predicted(APART))).toEqual([gone, undefined, gone, undefined, undefined]);
  });

  it("says of a device in no group that it is in none", () => {
    const planned = { ...predicted(APART.slice(0, 4)), ungrouped: [ALONE] };
    expect(drawn(planned).rows.at(-1)?.groups).toEqual(["9 g plain first last", "none g none"]);
  });
});
