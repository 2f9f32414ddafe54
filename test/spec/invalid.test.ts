import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseSpec } from "../../src/spec/parse.ts";
import { expectGolden } from "../support/golden.ts";
import { rendered } from "./rendering.ts";

const FOLDER = fileURLToPath(new URL("invalid/", import.meta.url));
const names = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

function readBase(path: string): Uint8Array | { why: string } {
  return existsSync(FOLDER + path) ? readFileSync(FOLDER + path) : { why: "does not exist" };
}

describe("a spec with something wrong in it", () => {
  it.each(names)("%s is answered with all of it, each at its place with a hint", (name) => {
    const { diagnostics, path } = parseSpec(name, readFileSync(FOLDER + name), readBase);
    expect(path).toBe(name);
    for (const { source, hint } of diagnostics) {
      expect(source?.file).toMatch(new RegExp(`^(${name}|bases/.*)$`, "u"));
      expect(hint).toBeDefined();
    }
    expectGolden(`${FOLDER}${name.replace(/\.yaml$/u, ".expected.txt")}`, rendered(diagnostics));
  });

  it.each(names)("%s gives a spec only if nothing is worse than a warning", (name) => {
    const { spec, diagnostics } = parseSpec(name, readFileSync(FOLDER + name), readBase);
    expect(spec === undefined).toBe(diagnostics.some(({ severity }) => severity === "error"));
    expect(diagnostics).not.toEqual([]);
  });
});
