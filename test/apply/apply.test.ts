import fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Host } from "../../src/host/host.ts";
import type { ApplyEvent } from "../../src/apply/events.ts";
import { JOURNALS } from "../../src/facts/state-folder.ts";
import { HostError } from "../../src/host/reader.ts";
import { LOCK } from "../../src/journal/journal.ts";
import type { StandInHost } from "../standins/host.ts";
import { brokenBoot } from "../support/broken-boot.ts";
import { checkingBoot } from "../support/checking-boot.ts";
import { FaultyHost, Killed } from "../support/faulty-host.ts";
import { snapshot } from "../support/materialise.ts";
import { Story } from "../support/story.ts";

let story: Story;
beforeEach(() => {
  story = new Story({ devices: false });
});
afterEach(() => {
  story.remove();
});

/** The tree but for what records what was done. */
function tree(): string {
  return snapshot(story.root, ["/var/lib/hostcfg", "/var/log"]);
}

function journal(id: string, name: string): string {
  return fs.readFileSync(join(story.root, JOURNALS, id, name), "utf8");
}

describe("applying the story", () => {
  it("leaves a host on which there is nothing to do, and writes nothing the second time", async () => {
    expect(await story.apply()).toEqual({
      status: "applied",
      journal: `${JOURNALS}/0001`,
      steps: 15,
      // The stand-ins' initrds are lines of text.
      doubt: expect.stringContaining("whether it is safe to reboot is unknown") as string,
    });
    const after = snapshot(story.root);
    const plan = await story.plan();
    expect([plan.changes, plan.steps]).toEqual([[], []]);
    expect(plan.rebootNeeded).toBe(true);
    expect(await story.apply()).toEqual({ status: "nothing-to-do" });
    expect(snapshot(story.root)).toBe(after);
  });

  it("counts as applied where the host cannot be looked at in the end, and says that the reboot is not known to be safe", async () => {
    const looked = checkingBoot(story.host());
    let looks = 0;
    const rehearsal = await story.apply(story.host(), {
      checkBoot: (probed) => {
        looks += 1;
        return looked(probed);
      },
    });
    expect(rehearsal.status).toBe("applied");
    const last = looks;
    looks = 0;
    story.remove();
    story = new Story({ devices: false });
    const again = checkingBoot(story.host());
    const outcome = await story.apply(story.host(), {
      checkBoot: (probed) => {
        looks += 1;
        return looks < last
          ? again(probed)
          : Promise.reject(new HostError("EIO", "/boot", "it cannot be read"));
      },
    });
    expect(outcome).toMatchObject({
      status: "applied",
      doubt: "whether it is safe to reboot is unknown: it cannot be read",
    });
  });

  it("stages exactly what the plan said would boot next", async () => {
    const promised = (await story.plan()).nextBoot.after;
    await story.apply();
    const { before } = (await story.plan()).nextBoot;
    if (!promised.known || !before.known) throw new Error("what boots next must be known");
    const { rule: _promisedRule, ...expected } = promised.value;
    const { rule: _rule, ...staged } = before.value;
    expect(staged).toEqual(expected);
  });

  it("tells each step as it begins and ends", async () => {
    const events: ApplyEvent[] = [];
    await story.apply(story.host(), { observe: (event) => events.push(event) });
    expect(events.map((event) => ("step" in event ? `${event.kind} ${event.step.id}` : event.kind))).toEqual([
      "apply-started",
      ...Array.from({ length: 15 }, (_, index) => index + 1).flatMap((id) => [
        `step-started ${id}`,
        `step-done ${id}`,
      ]),
    ]);
  });

  it("journals the plan, every event and what stood at each path before", async () => {
    const before = fs.readFileSync(join(story.root, "boot/efi/loader/loader.conf"));
    await story.apply();
    const plan: unknown = JSON.parse(journal("0001", "plan.json"));
    expect(plan).toMatchObject({ formatVersion: "1.0", applyable: true });
    const events = journal("0001", "events.jsonl").trimEnd().split("\n");
    expect(events).toHaveLength(33);
    expect(JSON.parse(events.at(-1) ?? "")).toMatchObject({ event: "applied" });
    expect(JSON.parse(journal("0001", "before/06-1.json"))).toEqual({
      path: "/boot/vmlinuz",
      kind: "symlink",
      target: "vmlinuz-5.3.0-7625-generic",
    });
    const image: unknown = JSON.parse(journal("0001", "before/04-1.json"));
    expect(image).toMatchObject({ path: "/boot/efi/loader/loader.conf", base64: before.toString("base64") });
    expect(fs.statSync(join(story.root, "var/lib/hostcfg")).mode & 0o777).toBe(0o700);
    expect(
      fs.readdirSync(join(story.root, JOURNALS, "0001")).filter((name) => name.endsWith(".deb")),
    ).toEqual([]);
  });
});

describe("a command that lies or fails", () => {
  it.each([
    ["kernelstub", "fail", "dpkg exited with 1"],
    ["kernelstub", "hang", "dpkg did not end within 3600 s"],
    ["dpkg", "noop", "dpkg succeeded, but its change is still open"],
    ["dpkg", "fail", "dpkg exited with 1"],
    ["update-initramfs", "noop", "5.3.0-acso"],
  ] as const)(
    "%s (%s) stops the apply there, and the next one does what is left",
    async (program, fault, why) => {
      // kernelstub runs in dpkg's hook as well, where its failure is dpkg's.
      const outcome = await story.apply(story.host({ faults: { [program]: fault } }));
      expect(outcome).toMatchObject({ status: "failed" });
      expect(outcome.status === "failed" && outcome.why).toContain(why);
      expect(brokenBoot(story.host())).toEqual([]);
      expect((await story.plan()).steps.length).toBeGreaterThan(0);
    },
  );

  it("with an exit code of 0 is not believed, and word is left of what boots next", async () => {
    story.remove();
    story = new Story({
      devices: false,
      spec: "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n",
    });
    const outcome = await story.apply(story.host({ faults: { kernelstub: "noop" } }));
    expect(outcome.status === "failed" && outcome.why).toContain(
      "kernelstub succeeded, but its change is still open",
    );
    expect(outcome.status === "failed" && outcome.nextBoot).toMatchObject({
      known: true,
      value: { release: { known: true, value: "5.3.0-7625-generic" } },
    });
  });

  it("that failed leaves its last lines and the name of its log", async () => {
    const events: ApplyEvent[] = [];
    await story.apply(story.host({ faults: { dpkg: "fail" } }), { observe: (event) => events.push(event) });
    const failed = events.find((event) => event.kind === "step-failed");
    expect(failed).toMatchObject({ log: `${JOURNALS}/0001/step-05.log`, tail: "dpkg: failed on purpose" });
    const last = journal("0001", "events.jsonl").trimEnd().split("\n").at(-1) ?? "";
    expect(JSON.parse(last)).toMatchObject({ event: "step-failed", step: 5 });
  });
});

describe("kernelstub, cut while it overwrites the kernel that boots", () => {
  const OPTIONS_ONLY = "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n";

  /** A host on which its next run leaves half a kernel, and ends the process or fails. */
  function tearing(how: "KILL" | "fail"): StandInHost {
    const host = story.host();
    const exec: Host["exec"] = host.exec.bind(host);
    return Object.assign(host, {
      exec: ((argv, options) => {
        if (argv[0] !== "kernelstub") return exec(argv, options);
        const images = join(story.root, "boot/efi/EFI");
        const own = fs.readdirSync(images).find((name) => name.startsWith("Pop_OS-")) ?? "";
        fs.truncateSync(join(images, own, "vmlinuz.efi"), 3);
        if (how === "KILL") throw new Killed();
        return Promise.resolve({ kind: "exited", exitCode: 1, tail: "no space left on device" });
      }) satisfies Host["exec"],
    });
  }

  it.each(["KILL", "fail"] as const)(
    "(%s) leaves what booted before, and the next apply finishes",
    async (how) => {
      story.remove();
      story = new Story({ devices: false, spec: OPTIONS_ONLY });
      await story.apply();
      const end = tree();

      story.remove();
      story = new Story({ devices: false, spec: OPTIONS_ONLY });
      const before = (await story.plan()).nextBoot.before;
      const { verdict } = await checkingBoot(story.host())(false);
      await story.apply(tearing(how)).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      const cut = (await story.plan()).nextBoot.before;
      if (!before.known || !cut.known) throw new Error("what boots next must be known");
      expect(cut.value).toMatchObject({ release: before.value.release, options: before.value.options });
      expect(await checkingBoot(story.host())(false)).toMatchObject({ verdict });

      expect(await story.apply()).toMatchObject({ status: "applied" });
      expect(tree()).toBe(end);
      expect(await checkingBoot(story.host())(false)).toMatchObject({ verdict });
    },
  );
});

describe("a host that moved on", () => {
  it("since the plan was shown is left alone, and what moved is named", async () => {
    const plan = await story.plan();
    fs.rmSync(join(story.root, "boot/vmlinuz"));
    fs.symlinkSync("vmlinuz.old", join(story.root, "boot/vmlinuz"));
    const before = tree();
    const outcome = await story.apply(story.host(), { plan });
    expect(outcome).toMatchObject({ status: "stale" });
    expect(outcome.status === "stale" && outcome.moved[0]).toContain("bootSymlinks./boot/vmlinuz");
    expect(tree()).toBe(before);
  });

  it("in its packages after they were checked is not given the other package", async () => {
    const plan = await story.plan();
    const exchange = story.host({ beforeExec: () => undefined });
    const importFile: Host["importFile"] = (from, to) => {
      fs.appendFileSync(from, "more");
      return exchange.importFile(from, to);
    };
    const outcome = await story.apply(Object.assign(new FaultyHost(exchange), { importFile }), { plan });
    expect(outcome).toMatchObject({ status: "failed", step: 5 });
    expect(outcome.status === "failed" && outcome.why).toContain("was changed since the plan was made");
  });
});

describe("a file that a package's script rewrote meanwhile", () => {
  it("is not overwritten with what was planned before, but with what the plan would be now", async () => {
    const settings = join(story.root, "boot/efi/loader/loader.conf");
    const beforeExec = (argv: readonly string[]): void => {
      if (argv[0] === "dpkg") fs.appendFileSync(settings, "timeout 5\n");
    };
    expect(await story.apply(story.host({ beforeExec }))).toMatchObject({ status: "applied" });
    expect(fs.readFileSync(settings, "utf8")).toBe("default hostcfg-5.3.0-acso*\ntimeout 5\n");
  });
});

describe("a plan that was saved on another host", () => {
  it("is stale", async () => {
    const plan = await story.plan();
    const elsewhere = {
      ...plan,
      host: { ...plan.host, hostname: { known: true as const, value: "elsewhere" } },
    };
    const outcome = await story.apply(story.host(), { plan: elsewhere });
    expect(outcome).toEqual({
      status: "stale",
      moved: ["the plan was made on elsewhere, and this is workstation"],
    });
  });
});

describe("stopping", () => {
  it("by a signal ends after the running step, and the next apply goes on", async () => {
    const control = new AbortController();
    const observe = (event: ApplyEvent): void => {
      if (event.kind === "step-started" && event.step.id === 6) control.abort();
    };
    expect(await story.apply(story.host(), { signal: control.signal, observe })).toMatchObject({
      status: "interrupted",
      done: 6,
      left: 9,
    });
    expect(await story.apply()).toMatchObject({ status: "applied", steps: 9 });
    expect((await story.plan()).changes).toEqual([]);
  });

  it("before it begins where another apply holds the lock", async () => {
    const host = story.host();
    const plan = await story.plan(host);
    const held = await host.lock(LOCK);
    expect(await story.apply(host, { plan })).toEqual({ status: "locked" });
    await held?.release();
    expect(await story.apply(host, { plan })).toMatchObject({ status: "applied" });
  });
});
