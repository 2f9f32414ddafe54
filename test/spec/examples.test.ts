import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseSpec } from "../../src/spec/parse.ts";

const FOLDER = fileURLToPath(new URL("../../examples/", import.meta.url));
const names = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

describe("the examples", () => {
  it("are there", () => {
    expect(names).toEqual(
      expect.arrayContaining([
        "acs-override.yaml",
        "card-for-vm-amd.yaml",
        "card-for-vm-intel.yaml",
        "kernel-options.yaml",
        "nvme-for-vm.yaml",
        "pinned-kernel.yaml",
        "two-like-cards.yaml",
      ]),
    );
  });

  it.each(names)("%s is valid, without a warning", (name) => {
    const { spec, diagnostics } = parseSpec(name, readFileSync(FOLDER + name));
    expect(diagnostics).toEqual([]);
    expect(spec).toBeDefined();
  });

  it.each(names)("%s names its schema on the first line, for editors", (name) => {
    const [first] = readFileSync(FOLDER + name, "utf8").split("\n");
    expect(first).toBe("# yaml-language-server: $schema=../schemas/host-v1.json");
  });
});
