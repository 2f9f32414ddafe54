import { Ajv2020 } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import type { RecordInput } from "../../src/verify-at-boot/record.ts";
import { UNIT, WANTED, WANTED_TARGET, unitText } from "../../src/verify-at-boot/unit.ts";
import { captureOf } from "../support/host.ts";
import { COMMAND } from "../support/verify-at-boot.ts";
import { SPEC, applying, run, verifying } from "./fakes.ts";

const isStatus = new Ajv2020({ strict: false }).compile(
  JSON.parse(readFileSync(new URL("../../schemas/status-v1.json", import.meta.url), "utf8")) as object,
);

const FILES = {
  "/usr/lib/systemd/systemd": "x",
  [COMMAND.executable]: "x",
  [COMMAND.script]: "x",
  "/var/lib/hostcfg": { folder: true },
} as const;
const PLAIN = captureOf({ ...FILES, "/desk/host.yaml": SPEC });
const ENABLED = captureOf({
  ...FILES,
  "/desk/host.yaml": SPEC,
  [UNIT]: unitText({ ...COMMAND, spec: "/desk/host.yaml" }),
  [WANTED]: { link: WANTED_TARGET },
});
const DONE = { status: "applied", journal: "/var/lib/hostcfg/journal/0001", steps: 2 } as const;

describe.each(["status", "enable-verify", "disable-verify", "verify --record"])("hostcfg %s", (line) => {
  it("needs root, and says what to type", async () => {
    const ran = await run(line, { privileged: false, host: PLAIN });
    expect(ran).toMatchObject({ exit: 1, stdout: "" });
    expect(ran.stderr).toContain(`needs root\nhint: sudo hostcfg ${line}\n`);
  });
});

describe("hostcfg enable-verify", () => {
  it("shows the unit with the absolute path of the spec, and touches nothing with --plan-only", async () => {
    const ran = await run("enable-verify --plan-only --details", { host: PLAIN });
    expect(ran.exit).toBe(0);
    expect(ran.stdout).toMatch(
      /^Changes at the next boot\n {2}\+ verifyAtBoot\.unit +verifies \/desk\/host\.yaml /m,
    );
    expect(ran.stdout).toContain(
      `ExecStart=${COMMAND.executable} ${COMMAND.script} verify --record /desk/host.yaml`,
    );
    expect(ran.stdout).toContain("Plan: 2 to add, 0 to change, 0 to remove.");
  });

  it("asks, and says when it runs first and how to run it now", async () => {
    const session = { host: PLAIN, terminal: true, answer: "yes", engine: applying(DONE) };
    const ran = await run("enable-verify --no-color", session);
    expect(ran.exit).toBe(0);
    expect(ran.questions).toEqual(["Carry out 2 steps on this host? Only 'yes' is accepted: "]);
    expect(ran.stdout).toContain("after each boot from the next one on");
    expect(ran.stdout).toContain("sudo systemctl daemon-reload && sudo systemctl restart hostcfg-verify");
  });

  it("does nothing where nobody says yes", async () => {
    expect(await run("enable-verify", { host: PLAIN, terminal: true, answer: "y" })).toMatchObject({
      exit: 1,
    });
    const ran = await run("enable-verify", { host: PLAIN });
    expect(ran.stderr).toContain("hostcfg enable-verify --auto-approve");
  });

  it("has nothing to do the second time", async () => {
    const ran = await run("enable-verify --auto-approve", {
      host: ENABLED,
      engine: applying({ status: "nothing-to-do" }),
    });
    expect(ran).toMatchObject({ exit: 0, stderr: "" });
    expect(ran.stdout).toContain("Nothing to do: verify at boot is enabled like this.\n");
  });

  it("refuses a spec with mistakes, with all of them", async () => {
    const ran = await run("enable-verify --auto-approve", {
      host: PLAIN,
      files: { "host.yaml": "apiVersion: hostcfg/v1\nkernl: {}\n" },
    });
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toContain("error[unknown-key]");
  });

  it("refuses a host without systemd", async () => {
    const host = captureOf({ "/desk/host.yaml": SPEC, [COMMAND.executable]: "x", [COMMAND.script]: "x" });
    const ran = await run("enable-verify --auto-approve", { host });
    expect(ran.exit).toBe(1);
    expect(ran.stdout).toContain("error[verify-no-systemd]");
    expect(ran.stderr).toContain("nothing was changed");
  });

  it("takes a folder of the root whose name begins with two dots", async () => {
    const path = "/..specs/host.yaml";
    const ran = await run(`enable-verify /mnt${path} --root /mnt --plan-only --json`, {
      host: captureOf({ ...FILES, [path]: SPEC }),
      files: { [`/mnt${path}`]: SPEC },
    });
    expect(JSON.parse(ran.stdout)).toMatchObject({ plan: { spec: { path } } });
  });

  it.each(["/mnt/etc/hostcfg/host.yaml", "/etc/hostcfg/host.yaml"])(
    "takes %s as the spec of another root, and names it as that root will know it",
    async (path) => {
      const host = captureOf({ ...FILES, "/etc/hostcfg/host.yaml": SPEC });
      // This machine's own file of that name is another one.
      const files = { "/mnt/etc/hostcfg/host.yaml": SPEC, "/etc/hostcfg/host.yaml": "x" };
      const ran = await run(`enable-verify ${path} --root /mnt --plan-only --json`, { host, files });
      const { plan } = JSON.parse(ran.stdout) as { plan: Plan };
      expect(plan).toMatchObject({ task: "enable-verify", spec: { path: "/etc/hostcfg/host.yaml" } });
    },
  );

  it.each([
    ["outside of it", "/desk/host.yaml", "x"],
    ["that another file is at inside of it", "/mnt/host.yaml", "y"],
  ])("refuses a spec for another root %s", async (_, path, inside) => {
    const host = captureOf({ ...FILES, "/host.yaml": inside });
    const ran = await run(`enable-verify ${path} --root /mnt --plan-only`, {
      host,
      files: { "/mnt/host.yaml": SPEC, "/desk/host.yaml": SPEC },
    });
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toContain("is not a file of /mnt");
  });
});

describe("hostcfg disable-verify", () => {
  it("takes away what starts the unit, then the unit", async () => {
    const ran = await run("disable-verify --plan-only --json", { host: ENABLED });
    const { plan } = JSON.parse(ran.stdout) as { plan: Plan };
    expect(plan.steps).toMatchObject([
      { id: 1, kind: "remove", path: WANTED },
      { id: 2, kind: "remove", path: UNIT },
    ]);
    expect(plan.spec.path).toBe("/desk/host.yaml");
  });

  it("has nothing to do where it was never enabled", async () => {
    const ran = await run("disable-verify --auto-approve", {
      host: PLAIN,
      engine: applying({ status: "nothing-to-do" }),
    });
    expect(ran).toMatchObject({ exit: 0 });
    expect(ran.stdout).toContain("Nothing to do: verify at boot is not enabled.\n");
    expect(ran.stdout).not.toContain("Spec ");
  });
});

describe("hostcfg verify --record", () => {
  const recording = (into: RecordInput[], lost = false) => ({
    recordVerification: (input: RecordInput) => {
      into.push(input);
      return lost
        ? ({ severity: "warning", code: "verify-not-recorded", summary: "full" } as const)
        : undefined;
    },
  });

  it("prints and ends as verify does, and keeps the result with the spec's absolute path", async () => {
    const kept: RecordInput[] = [];
    const ran = await run("verify --record", { engine: { ...verifying("unsatisfied"), ...recording(kept) } });
    const plain = await run("verify", { engine: verifying("unsatisfied") });
    expect(ran).toEqual({ ...plain, targets: [{ kind: "host" }, { kind: "host" }] });
    expect(ran.exit).toBe(2);
    expect(kept).toMatchObject([{ spec: { path: "/desk/host.yaml" }, verified: { status: "unsatisfied" } }]);
  });

  it("keeps why there is no verdict", async () => {
    const kept: RecordInput[] = [];
    const ran = await run("verify --record gone.yaml", { engine: recording(kept) });
    expect(ran.exit).toBe(1);
    expect(kept).toMatchObject([
      { spec: { path: "/desk/gone.yaml" }, verified: { why: "the spec gone.yaml does not exist" } },
    ]);
  });

  it("fails where the result cannot be kept, and prints it all the same", async () => {
    const ran = await run("verify --record --json", {
      engine: { ...verifying("satisfied"), ...recording([], true) },
    });
    expect(ran.exit).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      status: "satisfied",
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ code: "verify-not-recorded" }),
      ]) as unknown[],
    });
  });

  it.each(["--root /mnt", "--capture c.json"])(
    "is of this host's own boot, so it takes no %s",
    async (other) => {
      const ran = await run(`verify --record ${other}`);
      expect(ran.exit).toBe(1);
      expect(ran.stderr).toContain("leave out --root and --capture");
    },
  );
});

describe("hostcfg status", () => {
  it("says in a few lines that nothing is open where nothing was ever done", async () => {
    const ran = await run("status", { host: PLAIN });
    expect(ran).toMatchObject({
      exit: 0,
      stderr: "",
      stdout: `Verified     never
At boot      disabled
Applied      nothing
Reboot       not awaited by what was applied

Nothing is open. This boot was not verified.
`,
    });
  });

  it("says that this boot was not verified yet, and how to verify it", async () => {
    const ran = await run("status", { host: ENABLED });
    expect(ran.exit).toBe(4);
    expect(ran.stdout).toContain("At boot      enabled: /desk/host.yaml\n");
    expect(ran.stdout).toContain("unknown: verify has not run since it was enabled\n");
    expect(ran.stdout).toContain("sudo systemctl restart hostcfg-verify.service");
  });

  it.each([PLAIN, ENABLED])("prints a document as schemas/status-v1.json says", async (host) => {
    const document: unknown = JSON.parse((await run("status --json", { host })).stdout);
    expect(isStatus(document), JSON.stringify(isStatus.errors)).toBe(true);
  });
});
