import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { posix } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

describe("what npm packs", () => {
  let packed: readonly string[] = [];
  beforeAll(() => {
    // Without building: what stands in the repository, and of dist/ what there is.
    const argv = ["pack", "--dry-run", "--json", "--ignore-scripts"];
    const [archive] = JSON.parse(execFileSync("npm", argv, { encoding: "utf8" })) as readonly Packed[];
    packed = archive?.files.map(({ path }) => path) ?? [];
  });

  const isPacked = (path: string): boolean =>
    packed.some((file) => file === path || file.startsWith(`${path}/`));

  const guides = fs.readdirSync("docs").flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : []));

  it.each([
    "README.md",
    "CONTRIBUTING.md",
    "DIAGNOSTICS.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "examples/ci/README.md",
    ...guides,
  ])("has each document that %s links to, for whoever reads it there", (document) => {
    const links = fs.readFileSync(document, "utf8").matchAll(/\]\((?!\w+:)([^)#]+)[^)]*\)/g);
    const missing = [...links]
      .map(([, link = ""]) => posix.normalize(posix.join(posix.dirname(document), link)))
      .filter((path) => !isPacked(path));
    expect(missing).toEqual([]);
  });

  it("has no other package of the program in it, and nothing of a test", () => {
    expect(packed.filter((path) => /^test\/|^dist\/hostcfg-linux-|\.deb$/.test(path))).toEqual([]);
  });

  it("has Ansible's collection in it, with hostcfg's own version", () => {
    expect(isPacked("ansible/plugins/modules/hostcfg.py")).toBe(true);
    expect(fs.readFileSync("ansible/galaxy.yml", "utf8")).toContain(`\nversion: ${manifest.version}\n`);
  });

  it("says of each file of the manifest that it is there", () => {
    const named = manifest.files.filter((name) => !name.startsWith("!") && name !== "dist");
    expect(named.filter((name) => !isPacked(name))).toEqual([]);
  });
});
