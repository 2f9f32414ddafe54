import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { FAILURES } from "../src/cli/failure-codes.ts";
import { CODES } from "../src/spec/codes.ts";

const documented = [...fs.readFileSync("DIAGNOSTICS.md", "utf8").matchAll(/^\| `([a-z0-9-]+)`/gm)].map(
  (match) => match[1] ?? "",
);

/** The codes that planning gives: written where they arise, so they are found by how they are written. */
const sourcesIn = (folder: string): string[] =>
  fs
    .readdirSync(path.join("src", folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"));

const planned = [
  "boot",
  "concerns",
  "pci",
  "journal",
  "simulate",
  "plan",
  "apply",
  "undo",
  "verify-at-boot",
].flatMap((folder) =>
  sourcesIn(folder).flatMap((file) => {
    const text = fs.readFileSync(path.join("src", folder, file), "utf8");
    const written = text.matchAll(
      /(?:code: |\b(?:problem|cannot|error|note|notAPlan)\(\s*)"([a-z0-9]+(?:-[a-z0-9]+)+|[a-z]+-[a-z-]+)"/g,
    );
    return [...written].map((match) => match[1] ?? "");
  }),
);

it("every code that a user can meet is documented, and every documented one exists", () => {
  const existing = new Set([...Object.keys(CODES), ...Object.keys(FAILURES), ...planned]);
  expect(new Set(documented)).toEqual(existing);
  expect(documented.length).toBe(new Set(documented).size);
  expect(planned.length).toBeGreaterThan(35);
});
