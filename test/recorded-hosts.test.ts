import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ENGINE } from "../src/cli/engine.ts";
import { main } from "../src/cli/main.ts";
import { CaptureTree } from "../src/host/capture-tree.ts";
import { LinkReader } from "../src/host/link-reader.ts";
import { ARCHITECTURE_QUERY, PACKAGES_QUERY, ROOT_UUID_QUERY, espQuery } from "../src/host/queries.ts";
import validatePlan from "../src/journal/validate-plan.gen.js";
import type { Fact, HostState } from "../src/model/index.ts";
import { predictGroups } from "../src/pci/grouping/predict.ts";
import { readLock } from "../src/plan/lock-file.ts";
import { probe } from "../src/plan/probe.ts";
import { parseSpec } from "../src/spec/parse.ts";
import type { Ran, Session } from "./cli/fakes.ts";
import { runWith } from "./cli/fakes.ts";
import { partition } from "./pci/grouping/support/cases.ts";
import { StandInHost } from "./standins/host.ts";
import { acsKernelDebs } from "./support/acs-kernel.ts";
import { checked } from "./support/checked.ts";
import { fillGaps } from "./support/fill-gaps.ts";
import { expectGolden } from "./support/golden.ts";
import { readerOf } from "./support/host.ts";
import { materialise, snapshot } from "./support/materialise.ts";
import type { RecordedHost } from "./support/recorded-hosts.ts";
import { forgetRecordedHosts, recordedHosts } from "./support/recorded-hosts.ts";
import { standInIo } from "./support/stand-in-io.ts";

// Each folder of test/hosts is a host: add one with its capture and its spec, and it is tested. UPDATE_GOLDEN=1
// writes what is expected of it, to be read before it is committed.

function schema(name: string): ValidateFunction {
  const text = fs.readFileSync(new URL(`../schemas/${name}.json`, import.meta.url), "utf8");
  return new Ajv2020({ strict: false }).compile(JSON.parse(text) as object);
}

const isPlan = schema("plan-v1");
const isCapture = schema("capture-v1");
const isBootability = schema("check-v1");
const isDoctorReport = schema("doctor-v1");

/** The first hosts were recorded when hostcfg did not yet read configuration space, and nobody can say what was in it. */
const UNRECORDED = /^pci\.value\.\d+\.config$/;

if (process.env["UPDATE_GOLDEN"] === "1") {
  for (const host of recordedHosts()) await fillGaps(host);
  forgetRecordedHosts();
}

let work: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-hosts-"));
});
afterEach(() => {
  fs.rmSync(work, { recursive: true });
});

describe.each(recordedHosts())("the recorded host $name", (host) => {
  isAnswered(host);
  isJudged(host);
  goesThroughTheProgram(host);
  isPlannedAndApplied(host);
});

/** By the probes, from the record and from a tree that is made of it. */
function isAnswered(host: RecordedHost): void {
  const { folder, lock, capture } = host;
  const { spec, diagnostics } = parseSpec(host.spec, fs.readFileSync(host.spec));
  const reader = new LinkReader(new CaptureTree(capture));
  const asTree = (): StandInHost => {
    materialise(capture, join(work, "tree"));
    return new StandInHost(join(work, "tree"));
  };

  it("has a spec without a mistake", () => {
    expect(diagnostics).toEqual([]);
  });

  if (lock !== undefined)
    it("has a well-formed lock", async () => {
      const found = await readLock(
        readerOf({ "/specs/host.lock.json": fs.readFileSync(lock, "utf8") }),
        "/specs/host.yaml",
      );
      expect(found?.content).toMatchObject({ known: true });
    });

  it("holds no password", () => {
    expect(JSON.stringify(capture.paths)).not.toMatch(/grub\.pbkdf2|password=/);
  });

  // Where its loader is refused it has no dpkg, and its initrds come from elsewhere; a root of ZFS has no UUID, and does not
  // say what it lies on.
  it("answers every question of the probes, with nothing unknown that its kind of host knows", async () => {
    const missing = unknowns(await probe(reader, spec)).filter((fact) => !UNRECORDED.test(fact));
    expectGolden(join(folder, "unknown.txt"), missing.map((fact) => `${fact}\n`).join(""));
  });

  it("answers the same once it is a tree with the stand-ins' programs", async () => {
    const fromTree = await probe(asTree().reader(), spec);
    expect(withoutFreeBytes(fromTree)).toEqual(withoutFreeBytes(await probe(reader, spec)));
  });

  it("holds the answers of the programs that the stand-ins give", async () => {
    const tree = asTree().reader();
    const esps = tree.readText("/etc/kernel/proxmox-boot-uuids")?.trim().split("\n") ?? [];
    const asked = [PACKAGES_QUERY, ARCHITECTURE_QUERY, ROOT_UUID_QUERY, ...esps.map(espQuery)].map(
      async (argv) => ({
        argv,
        answer: await tree.query(argv),
      }),
    );
    expect(capture.queries).toEqual(await Promise.all(asked));
  });
}

/** By what hostcfg makes of the facts. */
function isJudged({ folder, capture }: RecordedHost): void {
  const reader = new LinkReader(new CaptureTree(capture));

  it("is recognised by its loader, with its evidence", async () => {
    const { detected, refused, evidence } = (await probe(reader)).bootLoader;
    const loader = detected.known ? detected.value : `${refused?.kind ?? "unknown"}, refused`;
    expectGolden(join(folder, "loader.txt"), `${loader}\n`);
    expect(evidence.length).toBeGreaterThan(0);
  });

  it("is not called broken as it was recorded", async () => {
    const { verdict, problems, loader } = await checked(capture);
    expect([verdict === "broken", problems.filter(({ severity }) => severity === "error")]).toEqual([
      false,
      [],
    ]);
    if (!loader.known) expect([verdict, problems]).toEqual(["unknown", []]);
  });

  it("is predicted to have the groups that it has, by a guess where its configuration space was not recorded", async () => {
    const { pci, iommu: present, running } = await probe(reader);
    const devices = valueOf(pci);
    for (const acsOverride of ["assume", "absent"] as const) {
      const { groups, iommu, confidence } = predictGroups(
        { devices, iommu: present, running },
        { options: valueOf(running.cmdline), acsOverride },
      );
      expect(partition(groups)).toEqual(partition(valueOf(present.groups)));
      const read = devices.every(({ config }) => config.known);
      if (iommu.state !== "off") expect(confidence).toBe(read ? "exact" : "guess");
    }
  });
}

/** The whole program but for its Io. */
function goesThroughTheProgram({ capture, spec, lock }: RecordedHost): void {
  const files = {
    "host.yaml": fs.readFileSync(spec, "utf8"),
    ...(lock === undefined ? {} : { "host.lock.json": fs.readFileSync(lock, "utf8") }),
    "host.capture.json": JSON.stringify(capture),
  };
  const hostcfg = (line: string, session: Session = {}): Promise<Ran> =>
    runWith(ENGINE, line, { files, host: capture, ...session });

  it("the plan as JSON follows its schema, and the text ends as it says", async () => {
    const json = await hostcfg("plan --capture host.capture.json --json");
    const plan: unknown = JSON.parse(json.stdout);
    expect(validatePlan(plan), JSON.stringify(validatePlan.errors)).toBe(true);
    const text = await hostcfg("plan --capture host.capture.json");
    expect(text.exit).toBe(json.exit);
    expect(text.stdout).toMatch(text.exit === 0 ? /(Plan: \d|No changes).*\n$/ : /Plan not applyable: .*\n$/);
  });

  it("what check finds follows its schema as JSON, part by part", async () => {
    const found = JSON.parse((await hostcfg("check --json")).stdout) as object;
    expect(isBootability(found), JSON.stringify(isBootability.errors)).toBe(true);
    expect(isBootability({ ...found, verdict: "fine" })).toBe(false);
  });

  it("what the doctor finds follows its schema as JSON, finding by finding", async () => {
    const found = JSON.parse((await hostcfg("doctor --json")).stdout) as { findings: object[] };
    expect(isDoctorReport(found), JSON.stringify(isDoctorReport.errors)).toBe(true);
    expect(isDoctorReport({ ...found, findings: [{ ...found.findings[0], verdict: "fine" }] })).toBe(false);
  });

  it("a capture of it gives the same plan as the host itself", async () => {
    const taken = await hostcfg("capture host.yaml --out taken.json");
    expect(taken).toMatchObject({ exit: 0, stderr: "" });
    const offline = await hostcfg("plan --capture taken.json --json", {
      files: { ...files, "taken.json": taken.written["/desk/taken.json"] ?? "" },
    });
    expect(offline.stdout).toBe((await hostcfg("plan --json")).stdout);
    const { exit, stdout } = await hostcfg("check --capture taken.json --json", {
      files: { ...files, "taken.json": taken.written["/desk/taken.json"] ?? "" },
    });
    expect({ exit, stdout }).toMatchObject({ stdout: (await hostcfg("check --json")).stdout });
    const findings = async (line: string): Promise<unknown> => {
      const ran = await hostcfg(`doctor ${line} --json`, {
        files: { ...files, "taken.json": taken.written["/desk/taken.json"] ?? "" },
      });
      const report = JSON.parse(ran.stdout) as { findings: { subject: string }[] };
      return report.findings.filter(({ subject }) => subject !== "unfinished");
    };
    expect(await findings("--capture taken.json")).toEqual(await findings(""));
  });

  it.each(["validate", "plan", "verify", "check", "doctor", "groups"])(
    "%s never fails for a reason of its own",
    async (command) => {
      const ran = await hostcfg(command);
      expect(ran.stderr).not.toContain("internal error");
      expect(ran.stdout + ran.stderr).not.toBe("");
      const json = await hostcfg(`${command} --json`);
      expect(json).toMatchObject({ exit: ran.exit, stderr: "" });
      expect(JSON.parse(json.stdout)).toMatchObject({ formatVersion: "1.0" });
    },
  );

  it("nothing of it can control a terminal", async () => {
    for (const command of ["plan", "verify", "check", "doctor", "groups"]) {
      const { stdout, stderr } = await hostcfg(command);
      expect((stdout + stderr).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
}

/** By the program, on a tree that is made of it. */
function isPlannedAndApplied({ folder, spec, lock, capture }: RecordedHost): void {
  const keptLock = (): string => join(work, "host.lock.json");
  beforeEach(() => {
    acsKernelDebs(join(work, "debs"));
    fs.copyFileSync(spec, join(work, "host.yaml"));
    if (lock !== undefined) fs.copyFileSync(lock, keptLock());
  });

  /** With the temporary folder under a name that is always the same. */
  const steady = (text: string): string => text.replaceAll(work, "/specs");

  async function run(
    argv: readonly string[],
    on: StandInHost | typeof capture,
    columns?: number,
  ): Promise<{ exit: number; stdout: string; stderr: string }> {
    const { io, printed } = standInIo(work, on, columns);
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
    const text = await run(["plan"], capture, 80);
    expectGolden(join(folder, "plan.txt"), text.stdout);
    expectGolden(join(folder, "details.txt"), (await run(["plan", "--details"], capture)).stdout);
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
}

function valueOf<T>(fact: Fact<T>): T {
  if (!fact.known) throw new Error(fact.why);
  return fact.value;
}

/** How much is free belongs to the machine that runs the tests. */
function withoutFreeBytes(state: HostState): unknown {
  return JSON.parse(
    JSON.stringify(state, (key, value: unknown) => (/^free(?:Bytes)?$/.test(key) ? undefined : value)),
  );
}

/** The paths of all facts that could not be had. */
function unknowns(value: unknown, at = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  if ("known" in value && value.known === false) return [at.slice(1)];
  return Object.entries(value).flatMap(([key, below]) => unknowns(below, `${at}.${key}`));
}
