import fs from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderGroups } from "../../src/cli/views/groups.ts";
import { renderPlan } from "../../src/cli/views/plan.ts";
import { PLAIN } from "../../src/cli/style.ts";
import type { Capture, CapturedPath } from "../../src/host/capture.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { HostError } from "../../src/host/reader.ts";
import { readCapture } from "../../src/plan/capture.ts";
import { bootToPredict, groupsReport } from "../../src/plan/groups.ts";
import { makePlan } from "../../src/plan/make.ts";
import { probe } from "../../src/plan/probe.ts";
import { readSavedPlan } from "../../src/plan/saved.ts";
import { verify } from "../../src/plan/verify.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import { recordedHosts } from "../support/recorded-hosts.ts";
import { edits, mutate } from "./mutate.ts";

// Whatever the bytes: an answer or a complaint, never a crash, never a hang. A fixed seed in CI (test/support/seed.ts);
// by hand for longer: FUZZ_RUNS=20000 FC_SEED=7 npx vitest run test/fuzz

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 150);
const hosts = recordedHosts();

/** The files of a recorded host that hold something, apart from the many of sysfs that are a number each. */
function filesOf({ paths }: Capture): readonly string[] {
  const files = Object.entries(paths).filter(([, entry]) => contentOf(entry).length > 0);
  const few = files.filter(
    ([path]) => !/^\/sys\/devices\/.*\/(vendor|device|class|revision|subsystem_\w+)$/.test(path),
  );
  return few.map(([path]) => path);
}

function contentOf({ text, base64 }: CapturedPath): Buffer {
  return text === undefined ? Buffer.from(base64 ?? "", "base64") : Buffer.from(text);
}

function withContent(capture: Capture, path: string, bytes: Buffer): Capture {
  const {
    text: _text,
    base64: _base64,
    size: _size,
    digest: _digest,
    ...entry
  } = capture.paths[path] ?? {
    kind: "file",
  };
  return { ...capture, paths: { ...capture.paths, [path]: { ...entry, base64: bytes.toString("base64") } } };
}

describe("bytes that nobody meant", () => {
  it("in any file of a host are planned, verified and shown, or refused with a reason", async () => {
    const choice = fc.record({
      host: fc.nat(hosts.length - 1),
      file: fc.double({ min: 0, max: 0.999, noNaN: true }),
      changes: edits(fc),
    });
    await fc.assert(
      fc.asyncProperty(choice, async ({ host: index, file, changes }) => {
        const host = hosts[index];
        if (host === undefined) return;
        const files = filesOf(host.capture);
        const path = files[Math.floor(file * files.length)] ?? "";
        const bytes = mutate(contentOf(host.capture.paths[path] ?? { kind: "file" }), changes);
        const capture = withContent(host.capture, path, bytes);
        const parsed = parseSpec(host.spec, fs.readFileSync(host.spec));
        if (parsed.spec === undefined) throw new Error("the spec of a recorded host is not valid");
        const source = { ...parsed, spec: parsed.spec };
        try {
          const state = await probe(new LinkReader(new CaptureTree(capture)), source.spec);
          const observed = { source, state, debs: [] };
          const plan = makePlan({ ...observed, hostcfgVersion: "0.0.0" });
          expect((await renderPlan(plan, PLAIN)).length).toBeGreaterThan(0);
          expect(verify(observed).formatVersion).toBe("1.0");
          const boot = bootToPredict(state, undefined);
          const report = groupsReport(state, {
            boot,
            acsOverride: "absent",
            acsOverrideEvidence: [],
            acsOverrideProven: true,
          });
          expect(renderGroups(report, PLAIN).length).toBeGreaterThan(0);
        } catch (error) {
          // A link or name that leads where nothing was recorded is a gap, and told as one.
          if (!(error instanceof HostError)) throw new Error(`${host.name} ${path}`, { cause: error });
        }
      }),
      { numRuns: RUNS },
    );
  }, 1_800_000);

  const specs = [
    ...hosts.map(({ spec }) => spec),
    ...fs.readdirSync("examples").flatMap((name) => (name.endsWith(".yaml") ? [`examples/${name}`] : [])),
  ].map((path) => fs.readFileSync(path));

  it.each<[string, readonly Buffer[], (bytes: Buffer) => unknown]>([
    ["a spec", specs, (bytes) => parseSpec("host.yaml", bytes).diagnostics],
    [
      "a capture",
      [Buffer.from(JSON.stringify(hosts.find(({ name }) => name === "container")?.capture))],
      (bytes) => readCapture(bytes),
    ],
    [
      "a saved plan",
      hosts.map(({ folder }) => fs.readFileSync(`${folder}/plan.json`)),
      (bytes) => readSavedPlan(bytes),
    ],
  ])(
    "in %s are an answer, never a crash",
    async (_what, originals, read) => {
      await fc.assert(
        fc.asyncProperty(fc.nat(originals.length - 1), edits(fc), async (index, changes) => {
          const answer = await read(mutate(originals[index] ?? Buffer.alloc(0), changes));
          expect(typeof answer).toBe("object");
        }),
        { numRuns: RUNS },
      );
    },
    1_800_000,
  );
});
