import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { changesOf, dated, sectionOf } from "../../scripts/release-notes.mjs";

describe("the notes of a release", () => {
  it("are the changelog's section of that version, a line for each change", () => {
    const changes = changesOf(manifest.version);
    expect(changes.length).toBeGreaterThan(10);
    for (const change of changes) expect(change).not.toMatch(/\n|^- /);
    expect(() => sectionOf("99.0.0")).toThrow("no section 99.0.0");
  });

  it("get the version and the day that they are made on", () => {
    const before = "# Changelog\n\n## 0.1.0 (unreleased)\n\n- a\n";
    expect(dated(before, "0.1.0", "1.0.0", "2026-12-01")).toBe(
      "# Changelog\n\n## 1.0.0 (2026-12-01)\n\n- a\n",
    );
    expect(() => dated(before, "0.2.0", "1.0.0", "2026-12-01")).toThrow('no section "## 0.2.0 (unreleased)"');
  });
});
