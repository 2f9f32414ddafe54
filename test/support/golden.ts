import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect } from "vitest";

/**
 * Expects `actual` to be the content of the golden file at `path`. With UPDATE_GOLDEN=1 in the environment
 * the file is rewritten instead: review the difference before you commit it. A missing file fails, so that
 * a new case never passes unseen.
 */
export function expectGolden(path: string, actual: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  expect(actual, `differs from ${path}; UPDATE_GOLDEN=1 rewrites it`).toBe(readGolden(path));
}

function readGolden(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
