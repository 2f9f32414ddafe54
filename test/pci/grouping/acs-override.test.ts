import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MOST_OVERRIDE_IDS, parseAcsOverride } from "../../../src/pci/grouping/acs-override.ts";

const both = { downstream: true, multifunction: true, ids: [] };
const nothing = { downstream: false, multifunction: false, ids: [] };
const downstream = { ...nothing, downstream: true };
const multifunction = { ...nothing, multifunction: true };
const ids = (...list: string[]) => ({ ...nothing, ids: list });

describe("parseAcsOverride", () => {
  it.each([
    ["nothing", "", nothing],
    ["one item", "downstream", downstream],
    ["both items, in any order", "multifunction,downstream", both],
    ["an item by its beginning", "downstreamXYZ", downstream],
    ["no item that is only the beginning of one", "down", nothing],
    ["no item in capitals", "DOWNSTREAM", nothing],
    ["nothing in words that other options know", "on", nothing],
    ["items behind an unknown one", "foo,downstream", downstream],
    ["items around empty ones", ",,downstream,", downstream],
    ["only what is before a semicolon", "downstream;multifunction", downstream],
    ["only what is before a semicolon", "multifunction;downstream", multifunction],
    ["an id", "id:1b36:000c", ids("1b36:000c")],
    ["an id in capitals as the same", "id:1B36:000C", ids("1b36:000c")],
    [
      "several ids and an item",
      "id:1b36:000c,id:104c:8233,downstream",
      { ...downstream, ids: ["1b36:000c", "104c:8233"] },
    ],
    ["an id with a subsystem without it", "id:1b36:000c:1af4:1100", ids("1b36:000c")],
    ["four digits of a longer device", "id:1b36:000c0", ids("1b36:000c")],
    ["0x as a part of the four characters", "id:0x1b36:0x000c", ids("001b:0000")],
    ["no id whose vendor is short, but the next", "id:zz:1,id:1b36:000c", ids("1b36:000c")],
    ["no id whose vendor has three digits", "id:1b3:000c", nothing],
    ["four digits of a longer vendor", "id:01b36:000c", ids("01b3:000c")],
    ["no id without a device", "id:1b36", nothing],
    ["the next item's colon for a missing one", "id:104c,id:1b36:000c", ids("104c:1b36")],
    ["a short device only at the very end", "id:1b36:c,id:104c:8233", ids("104c:8233")],
    ["a short device at the very end", "id:104c:8233,id:1b36:c", ids("104c:8233", "1b36:000c")],
    ["a signed number as the kernel does", "id:-001:+00c", ids("ffff:000c")],
    ["no item behind a vendor that no colon follows", "id:1b36,downstream", nothing],
  ])("reads %s: %s", (_what, value, expected) => {
    expect(parseAcsOverride([value])).toEqual(expected);
  });

  it("adds up what several options say", () => {
    expect(parseAcsOverride(["id:1b36:000c", "downstream"])).toEqual({ ...downstream, ids: ["1b36:000c"] });
  });

  it(`has room for ${MOST_OVERRIDE_IDS} ids, and still reads items behind them`, () => {
    const many = Array.from({ length: 17 }, (_, n) => `id:dead:00${n.toString(16).padStart(2, "0")}`);
    const { ids: kept, multifunction: read } = parseAcsOverride([[...many, "multifunction"].join(",")]);
    expect(kept).toHaveLength(MOST_OVERRIDE_IDS);
    expect(kept.at(-1)).toBe("dead:000e");
    expect(read).toBe(true);
  });

  it("ends on any value, with ids of one form", () => {
    const value = fc.string({
      unit: fc.constantFrom(..."id:,0x9afz;-downstreammultifunction".split("")),
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), (values) => {
        const { ids: kept } = parseAcsOverride(values);
        expect(kept.length).toBeLessThanOrEqual(MOST_OVERRIDE_IDS);
        for (const id of kept) expect(id).toMatch(/^[0-9a-f]{4}:[0-9a-f]{4}$/);
      }),
    );
  });
});
