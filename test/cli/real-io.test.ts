import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { realIo } from "../../src/cli/real-io.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-io-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

describe("a capture or saved plan", () => {
  it.each([
    ["new", false],
    ["in the place of one that everybody could read", true],
  ])("can be read by nobody else: %s", (_, there) => {
    const file = join(folder, "out.json");
    if (there) fs.writeFileSync(file, "old", { mode: 0o644 });
    realIo().workspace.write(file, "{}\n");
    expect(fs.statSync(file).mode & 0o7777).toBe(0o600);
    expect(fs.readFileSync(file, "utf8")).toBe("{}\n");
  });
});
