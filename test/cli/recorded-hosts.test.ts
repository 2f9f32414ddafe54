import { Ajv2020 } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ENGINE } from "../../src/cli/engine.ts";
import validatePlan from "../../src/journal/validate-plan.gen.js";
import { recordedHosts } from "../support/recorded-hosts.ts";
import type { Ran, Session } from "./fakes.ts";
import { runWith } from "./fakes.ts";

const isBootability = new Ajv2020({ strict: false }).compile(
  JSON.parse(readFileSync(new URL("../../schemas/check-v1.json", import.meta.url), "utf8")) as object,
);

/** The whole program but for its Io, on every recorded host. */
describe.each(recordedHosts())("on the recorded host $name", ({ capture, spec, lock }) => {
  const files = {
    "host.yaml": readFileSync(spec, "utf8"),
    ...(lock === undefined ? {} : { "host.lock.json": readFileSync(lock, "utf8") }),
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
  });

  it.each(["validate", "plan", "verify", "check", "groups"])(
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
    for (const command of ["plan", "verify", "check", "groups"]) {
      const { stdout, stderr } = await hostcfg(command);
      expect((stdout + stderr).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
});
