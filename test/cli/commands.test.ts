import { describe, expect, it } from "vitest";
import type { Finding, Plan } from "../../src/model/index.ts";
import type { Capture } from "../../src/host/capture.ts";
import { captureOf } from "../support/host.ts";
import { planOf, run, SPEC, verifying } from "./fakes.ts";
import { EMPTY_PLAN, FULL_PLAN, REFUSED_PLAN, VERIFICATION } from "./plans.ts";

describe("hostcfg validate", () => {
  it("says in one line that a spec is valid", async () => {
    expect(await run("validate")).toMatchObject({
      exit: 0,
      stdout: "host.yaml is valid: no errors.\n",
      stderr: "",
    });
  });

  it("asks nothing of any host", async () => {
    expect(await run("validate")).toMatchObject({ targets: [] });
  });

  it("puts the mistakes and the verdict on stderr", async () => {
    const ran = await run("validate", { files: { "host.yaml": "apiVersion: hostcfg/v1\nkernl: {}\n" } });
    expect(ran).toMatchObject({ exit: 1, stdout: "" });
    expect(ran.stderr).toContain("host.yaml:2:1: error[unknown-key]");
    expect(ran.stderr).toMatch(/\nhost\.yaml is not valid: 1 error\.\n$/);
  });

  it("finds what is wrong with a package file, at its place in the spec", async () => {
    const ran = await run("validate", {
      engine: {
        checkDebs: () =>
          Promise.resolve([
            {
              severity: "error",
              code: "deb-unreadable",
              summary: "it is missing",
              specPath: ["kernelOptions", "present", 0],
            },
          ]),
      },
    });
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toContain("host.yaml:3:14: error[deb-unreadable]: it is missing\n");
  });

  it("stays valid with a warning, and shows it", async () => {
    const ran = await run("validate", {
      engine: {
        checkDebs: () => Promise.resolve([{ severity: "warning", code: "needless-package", summary: "odd" }]),
      },
    });
    expect(ran).toMatchObject({ exit: 0, stdout: "host.yaml is valid: 1 warning.\n" });
    expect(ran.stderr).toContain("warning[needless-package]: odd\n");
  });

  it("prints one JSON document", async () => {
    const ran = await run("validate --json", {
      files: { "host.yaml": "apiVersion: hostcfg/v1\nkernl: {}\n" },
    });
    expect(ran).toMatchObject({ exit: 1, stderr: "" });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      formatVersion: "1.0",
      valid: false,
      spec: { path: "host.yaml" },
      diagnostics: [{ code: "unknown-key" }],
    });
  });
});

describe("hostcfg plan", () => {
  it.each<[string, Plan, string, number]>([
    ["changes", FULL_PLAN, "plan", 0],
    ["changes", FULL_PLAN, "plan --detailed-exitcode", 2],
    ["nothing to do", EMPTY_PLAN, "plan --detailed-exitcode", 0],
    [
      "nothing to do but an unmet requirement",
      { ...EMPTY_PLAN, complete: false },
      "plan --detailed-exitcode",
      2,
    ],
    ["errors", REFUSED_PLAN, "plan", 1],
    ["errors", REFUSED_PLAN, "plan --detailed-exitcode", 1],
  ])("with %s: %s%s exits", async (_what, plan, line, exit) => {
    expect((await run(line, { engine: planOf(plan) })).exit).toBe(exit);
  });

  it("prints all of a plan that has errors", async () => {
    const ran = await run("plan", { engine: planOf(REFUSED_PLAN) });
    expect(ran.stdout).toMatch(/error\[device-not-found\][^]*Plan not applyable: 2 errors\.\n$/);
  });

  it("prints the plan itself as JSON, and nothing else", async () => {
    const ran = await run("plan --json");
    expect(ran).toMatchObject({ exit: 0, stderr: "" });
    expect(JSON.parse(ran.stdout)).toEqual(FULL_PLAN);
  });

  it("saves the plan and says how to carry it out", async () => {
    const ran = await run("plan --out my-plan.json");
    expect(JSON.parse(ran.written["/desk/my-plan.json"] ?? "")).toEqual(FULL_PLAN);
    expect(ran.stdout).toMatch(/Saved to my-plan\.json\..*hostcfg apply my-plan\.json\n$/);
  });

  it.each([
    ["plan", "host.yaml", SPEC],
    ["plan", "cut.json", '{"formatVersion":"1.0",'],
    ["capture", "host.yaml", SPEC],
  ])("%s does not write over %s, which hostcfg did not write", async (command, out, content) => {
    const ran = await run(`${command} --out ${out}`, { files: { "host.yaml": SPEC, [out]: content } });
    expect(ran).toMatchObject({ exit: 1, stdout: "", written: {}, targets: [] });
    expect(ran.stderr).toBe(
      `error: --out ${out} would overwrite a file that hostcfg did not write\nhint: give --out another name, or remove that file first\n`,
    );
  });

  it.each(['{"formatVersion":"1.0"}', ""])(
    "writes over an older plan or an empty file: %j",
    async (content) => {
      const ran = await run("plan --out p.json", { files: { "host.yaml": SPEC, "p.json": content } });
      expect(Object.keys(ran.written)).toEqual(["/desk/p.json"]);
    },
  );

  it("keeps stdout one JSON document when it saves the plan too", async () => {
    const ran = await run("plan --json --out p.json");
    expect(JSON.parse(ran.stdout)).toEqual(JSON.parse(ran.written["/desk/p.json"] ?? ""));
  });

  it.each([
    ["plan --out p.json", false, "this plan: sudo hostcfg apply p.json"],
    ["plan --out p.json", true, "this plan: hostcfg apply p.json"],
    ["plan --root mnt --chroot --out p.json", false, "this plan: hostcfg apply --root mnt --chroot p.json"],
    ["plan --capture c.json --out p.json", false, "this plan, on that host: sudo hostcfg apply p.json"],
  ])("%s (root: %s) says how the same target is reached again", async (line, privileged, said) => {
    const ran = await run(line, {
      privileged,
      files: { "host.yaml": SPEC, "mnt/etc/hostname": "other\n", "c.json": "{}" },
      engine: { readCapture: () => Promise.resolve({ capture: captureOf({}) }) },
    });
    expect(ran.stdout).toContain(`Saved to p.json. To carry out exactly ${said}\n`);
  });

  it("does not save a plan that apply would refuse", async () => {
    const ran = await run("plan --out p.json", { engine: planOf(REFUSED_PLAN) });
    expect(ran).toMatchObject({ exit: 1, written: {} });
    expect(ran.stderr).toBe("p.json was not written: apply would refuse this plan\n");
  });

  it("hands the warnings about the spec to the plan", async () => {
    const spec = `${SPEC}devices:\n  unused: { id: "10de:2206" }\n`;
    const given: string[] = [];
    await run("plan", {
      files: { "host.yaml": spec },
      engine: {
        makePlan: ({ source }) => {
          given.push(...source.diagnostics.map(({ code }) => code));
          return FULL_PLAN;
        },
      },
    });
    expect(given).toEqual(["unused-device"]);
  });

  it("looks for package files beside the spec, wherever it is called", async () => {
    const asked: string[] = [];
    await run("plan ../srv/host.yaml", {
      files: { "/srv/host.yaml": SPEC },
      engine: {
        probeDebs: (_workspace, _spec, specPath) => {
          asked.push(specPath);
          return Promise.resolve([]);
        },
      },
    });
    expect(asked).toEqual(["/srv/host.yaml"]);
  });

  it.each([
    ["plan", { kind: "host" }],
    ["plan --root /", { kind: "host" }],
    ["plan --root mnt", { kind: "root", root: "/desk/mnt", chroot: false }],
    ["plan --root mnt --chroot", { kind: "root", root: "/desk/mnt", chroot: true }],
  ])("%s looks at its target", async (line, target) => {
    const ran = await run(line, { files: { "host.yaml": SPEC, "mnt/etc/hostname": "other\n" } });
    expect(ran.targets).toEqual([target]);
  });

  it("plans from a capture", async () => {
    const capture = captureOf({ "/etc/hostname": "recorded\n" });
    const ran = await run("plan --capture c.json", {
      files: { "host.yaml": SPEC, "c.json": "{}" },
      engine: { readCapture: () => Promise.resolve({ capture }) },
    });
    expect(ran).toMatchObject({ exit: 0, targets: [{ kind: "capture", capture }] });
  });
});

describe("hostcfg verify", () => {
  it.each<[Finding["status"], number]>([
    ["satisfied", 0],
    ["unsatisfied", 2],
    ["pending", 3],
    ["unknown", 4],
  ])("%s exits with %i", async (status, exit) => {
    expect(await run("verify", { engine: verifying(status) })).toMatchObject({ exit, stderr: "" });
  });

  it("prints the verification as JSON", async () => {
    const ran = await run("verify --json");
    expect(JSON.parse(ran.stdout)).toEqual(VERIFICATION);
  });
});

describe("hostcfg groups", () => {
  const report = {
    formatVersion: "1.0",
    current: { known: true, groups: [] },
    predicted: { known: false, why: "not in this test" },
    devices: { known: true, value: [] },
  } as const;
  const engine = { groupsReport: () => Promise.resolve(report) };

  it("needs no spec", async () => {
    const ran = await run("groups", { files: {}, engine });
    expect(ran.exit).toBe(0);
    expect(ran.stdout).toContain("0 IOMMU groups, 0 devices in them.\n");
  });

  it("does not ask how a device could be parted from itself", async () => {
    const same = { ...engine, sameDevice: () => true };
    const ran = await run("groups --separate 0c:00 0c:00.0", { files: {}, engine: same });
    expect(ran.exit).not.toBe(0);
    expect(ran.stderr).toContain("0c:00 and 0c:00.0 are the same device");
  });

  it("prints the report as JSON", async () => {
    const ran = await run("groups --json", { files: {}, engine });
    expect(JSON.parse(ran.stdout)).toEqual(report);
  });
});

describe("hostcfg capture", () => {
  const capture: Capture = captureOf({ "/etc/hostname": "host\n" });
  const specs: unknown[] = [];
  const engine = {
    takeCapture: (_tree: unknown, spec: unknown) => {
      specs.push(spec);
      return Promise.resolve(capture);
    },
  };

  it("prints the capture", async () => {
    const ran = await run("capture", { engine });
    expect(ran).toMatchObject({ exit: 0, stderr: "", written: {} });
    expect(JSON.parse(ran.stdout)).toEqual(capture);
  });

  it("writes it to a file and says what is in it", async () => {
    const ran = await run("capture --out c.json", { engine });
    expect(JSON.parse(ran.written["/desk/c.json"] ?? "")).toEqual(capture);
    expect(ran.stdout).toContain("Captured to c.json: 3 paths, 0 answers.\n");
  });

  it("records what the spec asks about, and works without a spec", async () => {
    specs.length = 0;
    await run("capture", { engine });
    await run("capture", { engine, files: {} });
    expect(specs).toMatchObject([{ apiVersion: "hostcfg/v1" }, undefined]);
  });
});
