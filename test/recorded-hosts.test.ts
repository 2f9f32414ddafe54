import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../src/cli/main.ts";
import { CaptureTree } from "../src/host/capture-tree.ts";
import { LinkReader } from "../src/host/link-reader.ts";
import { probe } from "../src/plan/probe.ts";
import { StandInHost } from "./standins/host.ts";
import { acsKernelDebs } from "./support/acs-kernel.ts";
import { fillGaps } from "./support/fill-gaps.ts";
import { expectGolden } from "./support/golden.ts";
import { materialise, snapshot } from "./support/materialise.ts";
import { recordedHosts } from "./support/recorded-hosts.ts";
import { standInIo } from "./support/stand-in-io.ts";

// Each folder of test/hosts is a host: add one with its capture and its spec, and it is tested. UPDATE_GOLDEN=1
// writes what is expected of it, to be read before it is committed.

let work: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-golden-"));
  acsKernelDebs(join(work, "debs"));
});
afterEach(() => {
  fs.rmSync(work, { recursive: true });
});

function schema(name: string): (value: unknown) => boolean {
  const text = fs.readFileSync(new URL(`../schemas/${name}.json`, import.meta.url), "utf8");
  return new Ajv2020({ strict: false }).compile(JSON.parse(text) as object);
}

const isPlan = schema("plan-v1");
const isCapture = schema("capture-v1");

if (process.env["UPDATE_GOLDEN"] === "1") {
  for (const host of recordedHosts()) await fillGaps(host);
}

describe.each(recordedHosts())("$name", ({ folder, spec, lock, capture }) => {
  const keptLock = (): string => join(work, "host.lock.json");
  beforeEach(() => {
    fs.copyFileSync(spec, join(work, "host.yaml"));
    if (lock !== undefined) fs.copyFileSync(lock, keptLock());
  });

  /** With the temporary folder under a name that is always the same. */
  const steady = (text: string): string => text.replaceAll(work, "/specs");

  async function run(
    argv: readonly string[],
    on: StandInHost | typeof capture,
  ): Promise<{ exit: number; stdout: string; stderr: string }> {
    const { io, printed } = standInIo(work, on);
    const exit = await main(argv, io);
    return { exit, stdout: steady(printed.stdout), stderr: steady(printed.stderr) };
  }

  function copy(): StandInHost {
    const root = join(work, "root");
    materialise(capture, root);
    return new StandInHost(root);
  }

  it("is read as these facts", async () => {
    const state = await probe(new LinkReader(new CaptureTree(capture)));
    expectGolden(join(folder, "facts.json"), `${JSON.stringify(state, null, 2)}\n`);
  });

  it("is planned so, for a person and for a program, and the document follows its schema", async () => {
    const text = await run(["plan"], capture);
    expectGolden(join(folder, "plan.txt"), text.stdout);
    const { stdout } = await run(["plan", "--json"], capture);
    expectGolden(join(folder, "plan.json"), stdout);
    expect(isPlan(JSON.parse(stdout))).toBe(true);
  });

  it("is captured again as a record that gives the same plan", async () => {
    const record = await run(["capture"], copy());
    const again: unknown = JSON.parse(record.stdout);
    expect(isCapture(again)).toBe(true);
    const [onHost, fromRecord] = [
      await run(["plan", "--json"], copyOnce()),
      await run(["plan", "--json"], again as typeof capture),
    ];
    expect(fromRecord.stdout).toBe(onHost.stdout);
  });

  function copyOnce(): StandInHost {
    return new StandInHost(join(work, "root"));
  }

  it("has this tree after apply, and nothing to do then; or is refused before the first write", async () => {
    const host = copy();
    const { applyable } = JSON.parse((await run(["plan", "--json"], host)).stdout) as { applyable: boolean };
    if (!applyable) {
      const before = snapshot(join(work, "root"));
      const refused = await run(["apply", "--auto-approve"], host);
      expect([refused.exit, snapshot(join(work, "root"))]).toEqual([1, before]);
      return;
    }
    const applied = await run(["apply", "--auto-approve"], host);
    expect([applied.exit, applied.stderr.includes("error")]).toEqual([0, false]);
    expectGolden(
      join(folder, "after.txt"),
      snapshot(join(work, "root"), ["/sys", "/proc", "/usr/share", "/var/lib/hostcfg", "/var/log"]),
    );
    const plan = JSON.parse((await run(["plan", "--json"], host)).stdout) as {
      changes: unknown[];
      steps: unknown[];
      diagnostics: { code: string }[];
    };
    expect([plan.changes, plan.steps]).toEqual([[], []]);
    // What the names mean is recorded now, so that nothing has moved any more.
    expect(fs.existsSync(keptLock())).toBe(fs.readFileSync(spec, "utf8").includes("\ndevices:\n"));
    expect(plan.diagnostics.map(({ code }) => code)).not.toContain("device-moved");
  });
});
