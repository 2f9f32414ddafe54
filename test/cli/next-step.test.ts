import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { ENGINE } from "../../src/cli/engine.ts";
import type { Finding } from "../../src/model/index.ts";
import { recordedHost } from "../support/recorded-hosts.ts";
import { run, runWith, verifying } from "./fakes.ts";
import { VERIFICATION } from "./plans.ts";

const lastLine = (stdout: string): string | undefined => stdout.trimEnd().split("\n").at(-1);

async function after(found: Partial<Finding>, line = "verify host.yaml"): Promise<string | undefined> {
  const finding: Finding = {
    address: "kernel.release",
    status: "unsatisfied",
    reason: "",
    offenders: [],
    ...found,
  };
  const verification = { ...VERIFICATION, status: finding.status, findings: [finding] };
  const { stdout } = await run(line, { engine: { verify: () => Promise.resolve(verification) } });
  return lastLine(stdout);
}

describe("the last line of verify is the next step", () => {
  it("is the plan where an apply could change something", async () => {
    expect(await after({})).toBe("Next: sudo hostcfg plan host.yaml shows what an apply would change");
    expect(await after({}, "verify")).toBe("Next: sudo hostcfg plan shows what an apply would change");
  });

  it("is why two devices share a group, and what would part them", async () => {
    const { capture, spec } = recordedHost("intel-z390");
    const { stdout } = await runWith(ENGINE, "verify", {
      host: capture,
      files: { "host.yaml": fs.readFileSync(spec, "utf8") },
    });
    expect(lastLine(stdout)).toBe(
      "Next: sudo hostcfg groups --why 01:00.0 02:00.0; --separate 01:00.0 02:00.0 says what would part them",
    );
  });

  it("is the group itself where a device is not alone in it", async () => {
    const shared = { address: "iommuGroups.isolated.vm-gpu", offenders: ["0000:0c:00.0"] };
    expect(await after(shared)).toBe("Next: sudo hostcfg groups --device 0c:00.0 shows that group");
  });

  it("is the reboot where that is all that is missing", async () => {
    expect(await after({ status: "pending" })).toBe("Next: sudo reboot, then sudo hostcfg verify host.yaml");
  });

  it("is nothing where nothing can be done, or nothing is left", async () => {
    expect(await after({ status: "satisfied" })).toMatch(/^Satisfied/);
    expect(await after({ address: "health.units.ssh.service" })).toMatch(/^Unsatisfied/);
    expect(await after({ status: "unknown" })).toMatch(/^Unknown/);
  });

  it("is to look as root where another user cannot know", async () => {
    const { stdout } = await run("verify", { privileged: false, engine: verifying("unknown") });
    expect(lastLine(stdout)).toBe("Next: as root more can be read: sudo hostcfg verify");
  });
});
