import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CODES } from "../../src/spec/codes.ts";
import { UNREADABLE } from "./unreadable.ts";

const FOLDER = fileURLToPath(new URL("invalid/", import.meta.url));

/** Severity and code of every block that a golden file expects. */
function expectedCodes(): { severity: string; code: string }[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".expected.txt"))
    .flatMap((name) => [
      ...readFileSync(FOLDER + name, "utf8").matchAll(/^(error|warning) ([a-z0-9-]+) (?:bases.+:)?\d/gmu),
    ])
    .map(([, severity = "", code = ""]) => ({ severity, code }));
}

describe("the codes of diagnostics", () => {
  it("each have a case that shows them", () => {
    const shown = new Set([
      ...expectedCodes().map(({ code }) => code),
      ...UNREADABLE.map(({ code }) => code),
    ]);
    expect(Object.keys(CODES).filter((code) => !shown.has(code))).toEqual([]);
  });

  it("each have one severity", () => {
    for (const { severity, code } of expectedCodes())
      expect(Object.entries(CODES)).toContainEqual([code, severity]);
  });

  it.each(Object.keys(CODES))("%s is kebab-case", (code) => {
    expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/u);
  });
});
