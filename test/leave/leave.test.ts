import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import validatePlan from "../../src/journal/validate-plan.gen.js";
import type { Plan } from "../../src/model/index.ts";
import { UNIT, WANTED, WANTED_TARGET, unitText } from "../../src/verify-at-boot/unit.ts";
import { StandInHost } from "../standins/host.ts";
import { acsKernelDebs } from "../support/acs-kernel.ts";
import { materialise, snapshot } from "../support/materialise.ts";
import { recordedHost } from "../support/recorded-hosts.ts";
import { standInIo } from "../support/stand-in-io.ts";

let work: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-leave-"));
});
afterEach(() => {
  fs.rmSync(work, { recursive: true });
});

function place(name: string): StandInHost {
  const { spec, capture } = recordedHost(name);
  acsKernelDebs(join(work, "debs"));
  materialise(capture, join(work, "root"));
  fs.copyFileSync(spec, join(work, "host.yaml"));
  return new StandInHost(join(work, "root"));
}

async function hostcfg(line: string, host: StandInHost) {
  const { io, printed } = standInIo(work, host);
  return { exit: await main(line.split(" "), io), ...printed };
}

async function leaving(host: StandInHost): Promise<Plan> {
  const { stdout } = await hostcfg("leave --plan-only --json", host);
  return (JSON.parse(stdout) as { plan: Plan }).plan;
}

async function done(line: string, host: StandInHost): Promise<void> {
  const { exit, stdout, stderr } = await hostcfg(line, host);
  expect([line, exit, exit === 0 ? "" : stdout + stderr]).toEqual([line, 0, ""]);
}

/** What a boot leaves: the options and the kernel that were chosen for it run. */
function reboot({ nextBoot }: Plan): void {
  if (!nextBoot.after.known || !nextBoot.after.value.release.known) throw new Error("what boots is unknown");
  const { options, release } = nextBoot.after.value;
  const proc = join(work, "root/proc");
  const now = fs.readFileSync(join(proc, "cmdline"), "utf8");
  const image = /BOOT_IMAGE=\S*/.exec(now)?.[0].replace(/vmlinuz-\S*/, `vmlinuz-${release.value}`);
  fs.writeFileSync(join(proc, "cmdline"), `${image === undefined ? "" : `${image} `}${options}\n`);
  fs.writeFileSync(join(proc, "sys/kernel/osrelease"), `${release.value}\n`);
  fs.writeFileSync(join(proc, "sys/kernel/random/boot_id"), "after\n");
}

/** Files of hostcfg's, by their names; an empty folder is nothing. */
function ofHostcfg(): string[] {
  const apart = [
    "/proc",
    "/sys",
    "/usr/share",
    "/var/lib/hostcfg/journal",
    "/var/lib/hostcfg/lock",
    "/var/log",
  ];
  return snapshot(join(work, "root"), apart)
    .split("\n")
    .filter((line) => /hostcfg/i.test(line.split(" ")[0] ?? "") && !line.includes(" folder "));
}

const before = (): string =>
  snapshot(join(work, "root"), ["/proc", "/sys", "/usr/share", "/var/lib/hostcfg", "/var/log"]);

describe.each(["debian-grub", "ubuntu-grub", "sd-boot-debian", "pop-x570"])("hostcfg leaves %s", (name) => {
  it("in a plan that is proven and is undone to the byte", async () => {
    const host = place(name);
    await done("apply --auto-approve host.yaml", host);
    const applied = before();
    const plan = await leaving(host);
    expect(validatePlan(plan), JSON.stringify(validatePlan.errors)).toBe(true);
    expect([plan.leaves, plan.applyable, plan.nextBoot.after.known]).toEqual([true, true, true]);
    await done("leave --auto-approve", host);
    expect(before()).not.toBe(applied);
    await done("undo --auto-approve", host);
    expect(before()).toBe(applied);
  }, 120_000);

  it("keeps the way back until the host has booted without it, and then nothing of hostcfg is left but records", async () => {
    const host = place(name);
    await done("apply --auto-approve host.yaml", host);
    fs.mkdirSync(join(work, `root${WANTED}`, ".."), { recursive: true });
    fs.writeFileSync(
      join(work, `root${UNIT}`),
      unitText({ executable: "/usr/bin/hostcfg", script: undefined, spec: "/etc/host.yaml" }),
    );
    fs.symlinkSync(WANTED_TARGET, join(work, `root${WANTED}`));
    const first = await leaving(host);
    await done("leave --auto-approve", host);
    expect(fs.existsSync(join(work, `root${UNIT}`))).toBe(false);
    reboot(first);
    const second = await leaving(host);
    expect(second.changes.filter(({ effect }) => effect === "next-boot")).toEqual([]);
    expect((second.noLongerDeclared ?? []).map(({ address }) => address)).not.toContain("bootLoader.wayBack");
    if (second.steps.length > 0) await done("leave --auto-approve", host);
    expect(ofHostcfg()).toEqual([]);
    expect((await leaving(host)).steps).toEqual([]);
  }, 120_000);
});

describe("leaving that was cut", () => {
  it("is told with what finishes it", async () => {
    const host = place("debian-grub");
    await done("apply --auto-approve host.yaml", host);
    await done("leave --auto-approve", host);
    const events = join(work, "root/var/lib/hostcfg/journal/0002/events.jsonl");
    const lines = fs.readFileSync(events, "utf8").split("\n");
    fs.writeFileSync(events, lines.filter((line) => !line.includes('"event":"applied"')).join("\n"));
    const { stderr, stdout } = await hostcfg("status", host);
    expect(stdout + stderr).toContain("0002 has no end");
    expect((await hostcfg("verify host.yaml", host)).stdout).toContain("sudo hostcfg leave, or take it back");
    await done("leave --auto-approve", host);
    expect((await hostcfg("verify host.yaml", host)).stdout).not.toContain("has no end");
  });
});

describe("a host that hostcfg has done nothing on", () => {
  it("has nothing to leave", async () => {
    const host = place("debian-grub");
    const was = before();
    const { exit, stdout } = await hostcfg("leave --auto-approve", host);
    expect([exit, before()]).toEqual([0, was]);
    expect(stdout).toContain("No changes");
  });
});
