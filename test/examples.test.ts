import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { CaptureTree } from "../src/host/capture-tree.ts";
import { LinkReader } from "../src/host/link-reader.ts";
import { makePlan } from "../src/plan/make.ts";
import { probe, probeDebs } from "../src/plan/probe.ts";
import { parseSpec } from "../src/spec/parse.ts";
import { readerOf } from "./support/host.ts";
import { recordedHosts } from "./support/recorded-hosts.ts";

const examples = fs.readdirSync("examples").filter((name) => name.endsWith(".yaml"));

describe.each(examples)("examples/%s", (name) => {
  const { spec, ...source } = parseSpec(`examples/${name}`, fs.readFileSync(`examples/${name}`));

  it("is a valid spec", () => {
    expect(source.diagnostics).toEqual([]);
    expect(spec).toBeDefined();
  });

  it.each(recordedHosts())(
    "is planned on $name, and whatever hinders it there says what to do",
    async ({ capture }) => {
      if (spec === undefined) throw new Error("not valid");
      const state = await probe(new LinkReader(new CaptureTree(capture)), spec);
      // The packages that the examples name are nobody's: none of them is there.
      const debs = await probeDebs(readerOf({}), spec, `/examples/${name}`);
      const plan = makePlan({ source: { ...source, spec }, state, debs, hostcfgVersion: "0.0.0" });
      expect(plan.changes.length + plan.unchanged.length + plan.diagnostics.length).toBeGreaterThan(0);
      const helpless = plan.diagnostics.filter(
        ({ severity, hint }) => severity === "error" && hint === undefined,
      );
      expect(helpless).toEqual([]);
      const nowhere = plan.diagnostics.filter(
        ({ specPath, source: range }) => specPath !== undefined && range === undefined,
      );
      expect(nowhere).toEqual([]);
    },
  );
});
