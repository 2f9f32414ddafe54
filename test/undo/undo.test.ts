import { checkingBoot } from "../support/checking-boot.ts";
import fs from "node:fs";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import { applyPlan } from "../../src/apply/apply.ts";
import { LOADER_DEFAULT } from "../../src/boot/efi-variables.ts";
import { readHistory } from "../../src/journal/history.ts";
import { JOURNALS } from "../../src/facts/state-folder.ts";
import { makePlan } from "../../src/plan/make.ts";
import { probe } from "../../src/plan/probe.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise, snapshot } from "../support/materialise.ts";
import { rebuiltStory } from "../support/rebuilt-story.ts";
import { recordedHosts, withoutDevices } from "../support/recorded-hosts.ts";
import { Story, undo, undoPlan } from "../support/story.ts";

/** hostcfg's own, the logs, and what proxmox-boot-tool makes anew each time. */
const OWN = ["/var/lib/hostcfg", "/var/log", "/esp"];
const OPTIONS = "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n";

describe("an apply on a recorded host", () => {
  const hosts = recordedHosts().map(({ name, capture }) => ({
    name,
    host: { ...capture, ...withoutDevices(capture) },
  }));

  async function planOn(host: StandInHost): Promise<Plan> {
    const spec: HostSpec = {
      apiVersion: "hostcfg/v1",
      kernelOptions: { present: ["iommu=pt", "zz=1"], absent: ["quiet"] },
    };
    const source = { path: "x", sha256: "0".repeat(64), spec, diagnostics: [], locate: () => undefined };
    return makePlan({ source, state: await probe(host.reader(), spec), debs: [], hostcfgVersion: "0.0.0" });
  }

  it.each(hosts)("is taken back to the byte on $name, and there is nothing to do then", async ({ host }) => {
    const root = fs.mkdtempSync(join(tmpdir(), "hostcfg-undo-"));
    try {
      materialise(host, root);
      const standIn = new StandInHost(root);
      const plan = await planOn(standIn);
      if (!plan.applyable || plan.steps.length === 0) return;
      const before = snapshot(root, OWN);
      const replan = (): Promise<Plan> => planOn(standIn);
      const [{ signal }, observe, now] = [new AbortController(), () => undefined, () => new Date(0)];
      const outcome = await applyPlan({
        plan,
        host: standIn,
        replan,
        checkBoot: checkingBoot(standIn),
        observe,
        signal,
        now,
      });
      expect(outcome.status).toBe("applied");
      expect(snapshot(root, OWN)).not.toBe(before);

      const promised = (await undoPlan(standIn, "0001")).nextBoot.after;
      expect(await undo(standIn, "0001")).toMatchObject({ status: "applied" });
      expect(snapshot(root, OWN)).toBe(before);
      const again = await undoPlan(standIn, "0001");
      expect([again.changes, again.steps, again.nextBoot.before]).toEqual([[], [], promised]);
      expect(await undo(standIn, "0001")).toEqual({ status: "nothing-to-do" });
    } finally {
      fs.rmSync(root, { recursive: true, force: true });
    }
  });
});

describe("undoing the story", () => {
  let story: Story;
  beforeEach(() => {
    story = new Story({ devices: false });
  });
  afterEach(() => {
    story.remove();
  });

  /** The boot path but for the kernel that stays installed. */
  function bootPath(): string {
    return snapshot(story.root, OWN)
      .split("\n")
      .filter((line) => /^\/(boot|etc)\//.test(line) && !line.includes("5.3.0-acso"))
      .join("\n");
  }

  it("brings the boot path back and leaves the packages", async () => {
    const before = bootPath();
    const boot = (await story.plan()).nextBoot.before;
    await story.apply();
    const plan = await undoPlan(story.host(), "0001");
    expect(plan.unchanged).toContainEqual({
      address: "kernel.packages.linux-image-5.3.0-acso",
      reason: "kept (remove it with --packages)",
    });
    expect(await undo(story.host(), "0001")).toMatchObject({ status: "applied" });
    expect(bootPath()).toBe(before);
    expect((await story.plan()).nextBoot.before).toEqual(boot);
    expect(await undo(story.host(), "0001")).toEqual({ status: "nothing-to-do" });
  });

  it("removes the packages where that is asked for, and keeps the kernel that runs", async () => {
    await story.apply();
    expect(await undo(story.host(), "0001", true)).toMatchObject({ status: "applied" });
    const { packages } = await probe(story.host().reader());
    const names = packages.known ? packages.value.filter(({ state }) => state === "installed") : [];
    expect(names.map(({ name }) => name)).not.toContain("linux-image-5.3.0-acso");
    expect(names.map(({ name }) => name)).toContain("linux-image-5.3.0-7625-generic");
    expect(await undo(story.host(), "0001", true)).toEqual({ status: "nothing-to-do" });
  });

  it("never removes the kernel that runs, whatever is asked for", async () => {
    await story.apply();
    fs.writeFileSync(join(story.root, "proc/sys/kernel/osrelease"), "5.3.0-acso\n");
    const plan = await undoPlan(story.host(), "0001", true);
    expect(plan.steps.flatMap((step) => (step.kind === "exec" ? step.argv : []))).not.toContain(
      "linux-image-5.3.0-acso",
    );
    expect(plan.diagnostics).toContainEqual({
      severity: "warning",
      code: "undo-keeps-package",
      summary: "linux-image-5.3.0-acso is kept: this kernel runs now",
    });
  });

  it.each([
    ["proxmox-kernel-5.3.0-1-pve-signed", "this kernel runs now"],
    ["linux-image-unsigned-5.3.0-1-pve", "this kernel runs now"],
    ["proxmox-default-kernel", "which kernel it brought is unknown"],
  ])("keeps %s, of whatever family the kernel is", async (name, why) => {
    await story.apply();
    fs.writeFileSync(join(story.root, "proc/sys/kernel/osrelease"), "5.3.0-1-pve\n");
    for (const file of ["var/lib/dpkg/status", join(JOURNALS, "0001", "plan.json")]) {
      const path = join(story.root, file);
      fs.writeFileSync(path, fs.readFileSync(path, "utf8").replaceAll("linux-image-5.3.0-acso", name));
    }
    const plan = await undoPlan(story.host(), "0001", true);
    expect(plan.steps.flatMap((step) => (step.kind === "exec" ? step.argv : []))).not.toContain(name);
    expect(plan.diagnostics).toContainEqual({
      severity: "warning",
      code: "undo-keeps-package",
      summary: `${name} is kept: ${why}`,
    });
  });

  it("keeps the kernel that runs, whatever its package is called: dpkg lists its files", async () => {
    await story.apply();
    fs.writeFileSync(join(story.root, "proc/sys/kernel/osrelease"), "5.3.0-acso\n");
    const lists = join(story.root, "var/lib/dpkg/info");
    fs.renameSync(join(lists, "linux-image-5.3.0-acso.list"), join(lists, "acme-host.list"));
    for (const file of ["var/lib/dpkg/status", join(JOURNALS, "0001", "plan.json")]) {
      const path = join(story.root, file);
      fs.writeFileSync(path, fs.readFileSync(path, "utf8").replaceAll("linux-image-5.3.0-acso", "acme-host"));
    }
    const plan = await undoPlan(story.host(), "0001", true);
    expect(plan.steps.flatMap((step) => (step.kind === "exec" ? step.argv : []))).not.toContain("acme-host");
    expect(plan.diagnostics).toContainEqual({
      severity: "warning",
      code: "undo-keeps-package",
      summary: "acme-host is kept: this kernel runs now",
    });
  });

  it("keeps a kernel where it is unknown which one boots next", async () => {
    await story.apply();
    const path = join(story.root, JOURNALS, "0001", "plan.json");
    const plan = JSON.parse(fs.readFileSync(path, "utf8")) as { nextBoot: object };
    const before = { known: false, why: "nobody looked" };
    fs.writeFileSync(path, JSON.stringify({ ...plan, nextBoot: { ...plan.nextBoot, before } }));
    expect((await undoPlan(story.host(), "0001", true)).diagnostics).toContainEqual({
      severity: "warning",
      code: "undo-keeps-package",
      summary: "linux-image-5.3.0-acso is kept: which kernel boots next is unknown",
    });
  });

  it("says which version of a package it cannot bring back, and how that may be had", async () => {
    await story.apply();
    const status = join(story.root, "var/lib/dpkg/status");
    const text = fs.readFileSync(status, "utf8");
    const older = text.replace(/(Package: linux-headers-5\.3\.0-acso\n[^]*?Version: )\S+/, "$15.3.0-acso-0");
    fs.writeFileSync(status, older);
    await story.apply();
    const { unchanged } = await undoPlan(story.host(), "0002", true);
    expect(unchanged).toContainEqual({
      address: "kernel.packages.linux-headers-5.3.0-acso",
      reason:
        "kept: the journal keeps no packages; 5.3.0-acso-0 was there before, for example: sudo apt-get install linux-headers-5.3.0-acso=5.3.0-acso-0",
    });
  });

  it("names what is not as the apply left it, and changes nothing", async () => {
    await story.apply();
    fs.appendFileSync(join(story.root, "boot/efi/loader/loader.conf"), "timeout 9\n");
    const plan = await undoPlan(story.host(), "0001");
    expect(plan.applyable).toBe(false);
    expect(plan.diagnostics.map(({ code, address }) => [code, address])).toEqual([
      ["undo-moved-on", "/boot/efi/loader/loader.conf"],
    ]);
  });
});

describe("a record", () => {
  let story: Story;
  beforeEach(() => {
    story = new Story({ devices: false, spec: OPTIONS });
  });
  afterEach(() => {
    story.remove();
  });

  const file = (name: string): string => join(story.root, JOURNALS, "0001", name);

  it.each([
    ["plan.json", "plan.json is damaged"],
    ["events.jsonl", "line 1 of events.jsonl is damaged"],
  ])("whose %s is cut off is listed with what is wrong", async (name, damage) => {
    await story.apply();
    fs.truncateSync(file(name), 20);
    const [entry] = await readHistory(story.host().reader());
    expect(entry?.damage).toEqual([damage]);
  });

  it("whose last event is cut off anywhere is undone all the same, and one with a wrong line is not", async () => {
    await story.apply();
    const whole = fs.readFileSync(file("events.jsonl"), "utf8");
    const last = whole.trimEnd().lastIndexOf("\n") + 1;
    for (let end = last + 1; end < whole.length - 1; end += 5) {
      fs.writeFileSync(file("events.jsonl"), whole.slice(0, end));
      const [entry] = await readHistory(story.host().reader());
      expect([end, entry?.damage, entry?.result]).toEqual([end, [], "cut"]);
    }
    fs.writeFileSync(file("events.jsonl"), whole.replace(/\n\{"at":/, '\n{"at";'));
    const [entry] = await readHistory(story.host().reader());
    expect(entry?.damage).toEqual(["line 2 of events.jsonl is damaged"]);
  });

  it("whose pre-image is cut off is not undone", async () => {
    await story.apply();
    fs.truncateSync(file("before/01-1.json"), 5);
    const plan = await undoPlan(story.host(), "0001");
    expect(plan.applyable).toBe(false);
    expect(plan.diagnostics.map(({ code }) => code)).toContain("undo-damaged-record");
  });
});

describe("undoing what kernelstub copied over the initrd that boots", () => {
  it("has the way back be the default meanwhile", async () => {
    const story = rebuiltStory();
    try {
      const before = snapshot(story.root, OWN);
      await story.apply();
      const { steps } = await undoPlan(story.host(), "0001");
      const paths = steps.map((step) => (step.kind === "exec" ? step.argv.join(" ") : step.path));
      const conf = "/boot/efi/loader/loader.conf";
      const initrd = paths.findIndex((path) => /EFI\/Pop_OS-.*\/initrd.img$/.test(path));
      const wayBack = paths.findIndex((path) => path.includes("/EFI/hostcfg/way-back/"));
      const order = [paths.indexOf(conf), initrd, paths.lastIndexOf(conf), wayBack];
      expect([order.includes(-1), order.toSorted((a, b) => a - b)]).toEqual([false, order]);
      expect(await undo(story.host(), "0001")).toMatchObject({ status: "applied" });
      expect(snapshot(story.root, OWN)).toBe(before);
    } finally {
      story.remove();
    }
  });

  it("has bootctl do that where an EFI variable names the default", async () => {
    const story = rebuiltStory();
    try {
      const path = join(story.root, LOADER_DEFAULT);
      const text = Buffer.from("Pop_OS-current.conf\0", "utf16le");
      fs.mkdirSync(dirname(path), { recursive: true });
      fs.writeFileSync(path, Buffer.concat([Buffer.from([7, 0, 0, 0]), text]));
      const before = snapshot(story.root, OWN);
      await story.apply();
      const { steps } = await undoPlan(story.host(), "0001");
      const calls = steps.flatMap((step) => (step.kind === "exec" ? [step.argv.join(" ")] : []));
      expect(calls.filter((call) => call.startsWith("bootctl"))).toEqual([
        "bootctl set-default hostcfg-way-back*",
        "bootctl set-default Pop_OS-current.conf",
      ]);
      expect(await undo(story.host(), "0001")).toMatchObject({ status: "applied" });
      expect(snapshot(story.root, OWN)).toBe(before);
    } finally {
      story.remove();
    }
  });
});
