import { describe, expect, it } from "vitest";
import { isSavedPlan } from "../../src/cli/saved-plan.ts";

describe("telling a saved plan from a spec", () => {
  it.each([
    ["a spec in YAML", "host.yaml", "apiVersion: hostcfg/v1\n", false],
    ["a spec in JSON", "host.json", '{"apiVersion": "hostcfg/v1"}', false],
    ["a YAML flow mapping", "host.yaml", "{ apiVersion: hostcfg/v1 }", false],
    ["a saved plan", "plan.json", '{"formatVersion": "1.0", "steps": []}', true],
    ["a saved plan under another name", "plan", '\n {"formatVersion": "1.0"}', true],
    ["a saved plan that was cut off", "plan.json", '{"formatVersion": "1.0", "ste', true],
    ["an empty .json file", "plan.json", "", true],
    ["an empty spec", "host.yaml", "", false],
    ["a JSON list", "list.yaml", "[1]", false],
  ])("%s", (_what, path, content, expected) => {
    expect(isSavedPlan({ path, bytes: new TextEncoder().encode(content) })).toBe(expected);
  });
});
