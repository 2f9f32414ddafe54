import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import type { Plan } from "../../src/model/index.ts";
import { UNIT, WANTED, WANTED_TARGET, unitText } from "../../src/verify-at-boot/unit.ts";
import { captureOf } from "../support/host.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise } from "../support/materialise.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import { standInIo } from "../support/stand-in-io.ts";
import { COMMAND } from "../support/verify-at-boot.ts";
import { applying, run, verifying } from "./fakes.ts";
import type { RecordInput } from "../../src/verify-at-boot/record.ts";

const BASE = "apiVersion: hostcfg/v1\nkernelOptions:\n  present: [panic=30]\n";
const HOST = "apiVersion: hostcfg/v1\ninclude: ../base.yaml\nhostname: a\n";
const FILES = { "base.yaml": BASE, "hosts/a.yaml": HOST };
const open = (text: string) => ({ kind: "file", text, mode: 0o666 }) as const;

interface Validated {
  readonly valid: boolean;
  readonly spec?: { readonly path: string; readonly include?: { readonly path: string } };
  readonly specs: readonly {
    readonly valid: boolean;
    readonly spec: { readonly path: string };
    readonly error?: { readonly code: string };
  }[];
  readonly diagnostics: readonly { readonly code: string }[];
}

describe("hostcfg validate, of a spec with a base", () => {
  it("names the file and line of a mistake in the base", async () => {
    const files = { ...FILES, "base.yaml": BASE.replace("panic=30", "a b") };
    const { exit, stderr } = await run("validate hosts/a.yaml", { files });
    expect(exit).toBe(1);
    expect(stderr).toContain("base.yaml:3:13: error[option-blank]");
  });

  it.each([
    ["gone", {}, "The included file base.yaml does not exist"],
    ["a folder", { "base.yaml/x": "" }, "The included file base.yaml is a folder"],
    ["a pipe", { "base.yaml": { kind: "other" } as const }, "The included file base.yaml is no file"],
  ])("says at the line of include that the base is %s", async (_, base, why) => {
    const { exit, stderr } = await run("validate hosts/a.yaml", { files: { "hosts/a.yaml": HOST, ...base } });
    expect(exit).toBe(1);
    expect(stderr).toContain(`hosts/a.yaml:2:10: error[include-unreadable]: ${why}`);
  });

  it("prints what it includes in the JSON document", async () => {
    const { stdout } = await run("validate hosts/a.yaml --json", { files: FILES });
    const { valid, spec } = JSON.parse(stdout) as Validated;
    expect([valid, spec?.path, spec?.include?.path]).toEqual([true, "hosts/a.yaml", "base.yaml"]);
  });
});

describe("hostcfg validate, of several specs", () => {
  const several = {
    "a.yaml": "apiVersion: hostcfg/v1\n",
    "b.yaml": "apiVersion: hostcfg/v1\nkernl: {}\n",
  };

  it("answers for each, and ends as the worst of them does", async () => {
    const ran = await run("validate a.yaml b.yaml", { files: several });
    expect(ran).toMatchObject({ exit: 1, stdout: "a.yaml is valid: no errors.\n" });
    expect(ran.stderr).toContain("b.yaml is not valid: 1 error.\n");
    expect(await run("validate a.yaml a.yaml", { files: several })).toMatchObject({ exit: 0, stderr: "" });
  });

  it("goes on where one cannot be read", async () => {
    const ran = await run("validate gone.yaml a.yaml", { files: several });
    expect(ran).toMatchObject({ exit: 1, stdout: "a.yaml is valid: no errors.\n" });
    expect(ran.stderr).toContain("error: the spec gone.yaml does not exist\n");
  });

  it("prints one JSON document, with each of them", async () => {
    const { exit, stdout, stderr } = await run("validate a.yaml b.yaml gone.yaml --json", { files: several });
    expect([exit, stderr]).toEqual([1, ""]);
    const { valid, spec, specs, diagnostics } = JSON.parse(stdout) as Validated;
    expect([valid, spec]).toEqual([false, undefined]);
    expect(specs.map((one) => [one.spec.path, one.valid, one.error?.code])).toEqual([
      ["a.yaml", true, undefined],
      ["b.yaml", false, undefined],
      ["gone.yaml", false, "file-missing"],
    ]);
    expect(diagnostics.map(({ code }) => code)).toEqual(["unknown-key"]);
  });

  it("shows a mistake of their base once", async () => {
    const files = {
      ...FILES,
      "base.yaml": BASE.replace("panic=30", "a b"),
      "hosts/b.yaml": HOST.replace("hostname: a", "hostname: b"),
    };
    const { stderr } = await run("validate hosts/a.yaml hosts/b.yaml", { files });
    expect(stderr.match(/option-blank/g)).toHaveLength(1);
    expect(stderr).toContain("hosts/a.yaml is not valid: 1 error.");
    expect(stderr).toContain("hosts/b.yaml is not valid: 1 error.");
  });

  it("reads - from standard input, and what that includes from here", async () => {
    const stdin = HOST.replace("../", "");
    expect(await run("validate -", { files: FILES, stdin })).toMatchObject({
      exit: 0,
      stdout: "- is valid: no errors.\n",
    });
  });

  it("does not wait for a spec to be typed", async () => {
    const { exit, stderr } = await run("validate -", { terminal: true });
    expect(exit).toBe(1);
    expect(stderr).toContain("- is standard input, and that is a terminal");
  });

  it("leaves the packages out with --no-files", async () => {
    const engine = {
      probeDebs: () => Promise.reject(new Error("the packages are elsewhere")),
    };
    expect(await run("validate a.yaml --no-files", { files: several, engine })).toMatchObject({ exit: 0 });
  });
});

describe("a base that somebody else could change", () => {
  const files = { ...FILES, "base.yaml": open(BASE) };

  it.each(["plan", "apply --auto-approve"])("is warned of by %s as the spec is", async (line) => {
    const engine = applying({ status: "applied", journal: "/var/lib/hostcfg/journal/1", steps: 4 });
    const { stdout, stderr } = await run(`${line} hosts/a.yaml`, { files, engine });
    expect(stdout + stderr).toContain("others could change the file that the spec includes: /desk/base.yaml");
  });

  const UNIT_FILES = {
    "/usr/lib/systemd/systemd": "x",
    [COMMAND.executable]: "x",
    [COMMAND.script]: "x",
    "/var/lib/hostcfg": { folder: true },
    "/desk/hosts/a.yaml": HOST,
  } as const;

  it("keeps verify at boot from being enabled", async () => {
    const host = captureOf({ ...UNIT_FILES, "/desk/base.yaml": open(BASE) });
    const { exit, stdout } = await run("enable-verify hosts/a.yaml --auto-approve", { files, host });
    expect(exit).toBe(1);
    expect(stdout).toContain("verify-path-writable");
    expect(stdout).toContain("/desk/base.yaml");
  });

  it("must be in the root whose boots it judges", async () => {
    const desk = { "/mnt/desk/hosts/a.yaml": HOST, "/mnt/desk/base.yaml": BASE };
    const line = "enable-verify /mnt/desk/hosts/a.yaml --root /mnt --plan-only --json";
    const inside = captureOf({ ...UNIT_FILES, "/desk/base.yaml": BASE });
    const { plan } = JSON.parse((await run(line, { host: inside, files: desk })).stdout) as { plan: Plan };
    expect(plan.spec.include?.path).toBe("/desk/base.yaml");
    const another = captureOf({ ...UNIT_FILES, "/desk/base.yaml": "another" });
    expect((await run(line, { host: another, files: desk })).stdout).toContain("is not a file of /mnt");
  });
});

describe("a base that is changed later", () => {
  const sha = (text: string) => text.repeat(64);

  it("is told by status, by its name", async () => {
    const record = {
      formatVersion: "1.0",
      hostcfgVersion: "0",
      at: "2026-01-01T00:00:00.000Z",
      bootId: { known: true, value: "b" },
      release: { known: true, value: "6" },
      spec: {
        path: "/desk/hosts/a.yaml",
        sha256: sha("a"),
        include: { path: "/desk/base.yaml", sha256: sha("b") },
      },
      verdict: "satisfied",
      findings: [],
    };
    const host = captureOf({
      "/proc/sys/kernel/random/boot_id": "b\n",
      "/var/lib/hostcfg/verified.json": JSON.stringify(record),
      "/desk/hosts/a.yaml": HOST,
      [UNIT]: unitText({ ...COMMAND, spec: "/desk/hosts/a.yaml" }),
      [WANTED]: { link: WANTED_TARGET },
    });
    const { stdout } = await run("status", { host });
    expect(stdout).toContain("/desk/base.yaml is gone since it was verified");
  });

  it("is recorded with the spec that was verified", async () => {
    const kept: RecordInput[] = [];
    const spec = { path: "hosts/a.yaml", sha256: sha("a"), include: { path: "base.yaml", sha256: sha("b") } };
    const satisfied = await verifying("satisfied").verify?.({} as never);
    await run("verify --record hosts/a.yaml", {
      files: FILES,
      engine: {
        verify: () => ({ ...(satisfied as never as object), spec }) as never,
        recordVerification: (input) => void kept.push(input),
      },
    });
    expect(kept[0]?.spec.include).toEqual({ path: "/desk/base.yaml", sha256: sha("b") });
  });
});

describe("an apply of a spec with a base", () => {
  const work = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-include-"));
  afterAll(() => {
    fs.rmSync(work, { recursive: true });
  });

  it("has the options of both, keeps both files in its record, and is undone", async () => {
    materialise(withoutDevices(recordedHost("debian-grub").capture), join(work, "root"));
    fs.mkdirSync(join(work, "hosts"));
    fs.writeFileSync(join(work, "base.yaml"), BASE);
    fs.writeFileSync(join(work, "hosts/a.yaml"), HOST.replace("hostname: a\n", ""));
    const host = new StandInHost(join(work, "root"));
    const hostcfg = async (line: string) => {
      const { io, printed } = standInIo(work, host);
      return { exit: await main(line.split(" "), io), ...printed };
    };
    expect((await hostcfg("apply --auto-approve hosts/a.yaml")).exit).toBe(0);
    const { stdout } = await hostcfg("plan hosts/a.yaml");
    expect(stdout).toContain("No changes");
    expect(stdout).toMatch(/^Include {6}base\.yaml$/m);
    expect((await hostcfg("show 1")).stdout).toMatch(/^Include {2}base\.yaml \(sha256 [0-9a-f]{64}\)$/m);
    const journal = join(work, "root/var/lib/hostcfg/journal/0001/plan.json");
    const { spec } = JSON.parse(fs.readFileSync(journal, "utf8")) as Plan;
    expect([spec.text, spec.include?.text]).toEqual([HOST.replace("hostname: a\n", ""), BASE]);
    fs.writeFileSync(join(work, "base.yaml"), BASE.replace("30", "60"));
    expect((await hostcfg("plan hosts/a.yaml")).stdout).toContain("panic=30 -> panic=60");
    expect((await hostcfg("undo --auto-approve")).exit).toBe(0);
  });
});
