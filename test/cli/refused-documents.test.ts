import { describe, expect, it } from "vitest";
import { readCapture } from "../../src/plan/capture.ts";
import { readSavedPlan } from "../../src/plan/saved.ts";

describe("a document that hostcfg cannot read is refused in plain words", () => {
  it.each([
    ['{"formatVersion":"2.0"}', "format 2.0; this hostcfg reads 1.0"],
    ['{"formatVersion":3}', "format 3; this hostcfg reads 1.0"],
    ['{"formatVersion":"1.0","ste', "it is no JSON, perhaps cut off"],
    ["!<arch>", "it is no JSON, perhaps cut off"],
    ["[]", "it has no formatVersion"],
    ['{"formatVersion":"1.0"}', "something is missing or was edited at its top"],
  ])("%s: %s", async (content, why) => {
    const bytes = new TextEncoder().encode(content);
    expect(await readCapture(bytes)).toMatchObject({
      diagnostics: [{ summary: `this is not a capture that hostcfg can read: ${why}` }],
    });
    expect(await readSavedPlan(bytes)).toMatchObject({
      diagnostics: [{ summary: `this is not a plan that hostcfg can read: ${why}` }],
    });
  });
});
