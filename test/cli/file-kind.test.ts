import { describe, expect, it } from "vitest";
import { fileKind } from "../../src/cli/file-kind.ts";

describe("telling specs, saved plans, captures and locks apart", () => {
  it.each([
    ["a spec in YAML", "host.yaml", "apiVersion: hostcfg/v1\n", "spec"],
    ["a spec in JSON", "host.json", '{"apiVersion": "hostcfg/v1"}', "spec"],
    ["a YAML flow mapping", "host.yaml", "{ apiVersion: hostcfg/v1 }", "spec"],
    ["a saved plan", "plan.json", '{"formatVersion": "1.0", "steps": []}', "plan"],
    ["a saved plan under another name", "plan", '\n {"formatVersion": "1.0"}', "plan"],
    ["a capture", "c.json", '{"formatVersion": "1.0", "takenAt": "now", "paths": {}}', "capture"],
    ["a capture under another name", "host.yaml", '{"formatVersion": "2.0", "paths": {}}', "capture"],
    ["a device lock", "host.lock.json", '{"formatVersion": "1.0", "devices": {}}', "lock"],
    ["a saved plan that was cut off", "plan.json", '{"formatVersion": "1.0", "ste', "broken"],
    ["an empty .json file", "plan.json", "", "broken"],
    ["an empty spec", "host.yaml", "", "spec"],
    [
      "a page of hostcfg report, of any version",
      "r.html",
      '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8" />\n<meta name="generator" content="hostcfg 9.9.9" />',
      "report",
    ],
    ["another page", "r.html", "<!doctype html>\n<html></html>", "spec"],
    ["a JSON list", "list.yaml", "[1]", "spec"],
  ])("%s", (_what, path, content, expected) => {
    expect(fileKind({ path, bytes: new TextEncoder().encode(content) })).toBe(expected);
  });
});
