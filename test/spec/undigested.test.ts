import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { run } from "../cli/fakes.ts";

const DEB = "the bytes of a package";
const DIGEST = createHash("sha256").update(DEB).digest("hex");
const spec = (entry: string): string => `apiVersion: hostcfg/v1\nkernel:\n  packages:\n    - ${entry}\n`;
const answer = (command: string, entry: string, file = "debs/a.deb") =>
  run(command, { files: { "host.yaml": spec(entry), [file]: DEB } });

describe("a package file without its sha256", () => {
  it.each([
    ["validate", "{ file: debs/a.deb }"],
    ["plan", "{ file: debs/a.deb }"],
    ["validate", '{ file: debs/a.deb, sha256: "0f3a…" }'],
    ["validate", '{ file: debs/a.deb, sha256: "" }'],
    ["validate", "{ file: debs/a.deb, sha256: 12345678 }"],
    ["validate", "{ file: debs/a.deb, sha256: }"],
  ])("%s of %s is answered with the line to paste, and stays an error", async (command, entry) => {
    const { exit, stderr } = await answer(command, entry);
    expect(exit).toBe(1);
    expect(stderr).toContain(`sha256: ${DIGEST}\n`);
  });

  it("is valid once the line is pasted", async () => {
    expect(await answer("validate", `{ file: debs/a.deb, sha256: ${DIGEST} }`)).toMatchObject({ exit: 0 });
  });

  it("has no line to paste where the file is not there", async () => {
    const { exit, stderr } = await answer("validate", "{ file: debs/b.deb }");
    expect(exit).toBe(1);
    expect(stderr).toContain("run sha256sum FILE");
    expect(stderr).not.toContain(DIGEST);
  });

  it("of two is answered for that one", async () => {
    const entries = `{ file: debs/a.deb, sha256: ${DIGEST} }\n    - { file: debs/c.deb }`;
    const { stderr } = await run("validate", {
      files: { "host.yaml": spec(entries), "debs/a.deb": DEB, "debs/c.deb": "other" },
    });
    expect(stderr).toContain(`sha256: ${createHash("sha256").update("other").digest("hex")}\n`);
    expect(stderr).not.toContain(DIGEST);
  });
});
