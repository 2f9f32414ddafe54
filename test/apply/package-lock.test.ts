import fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LockHolder } from "../../src/host/host.ts";
import { JOURNALS } from "../../src/facts/state-folder.ts";
import { run } from "../../src/boot/run.ts";
import type { Action, Step } from "../../src/model/index.ts";
import type { ApplyEvent } from "../../src/apply/events.ts";
import { describeBusy, packageLocksOf } from "../../src/apply/package-lock.ts";
import { snapshot } from "../support/materialise.ts";
import { Story } from "../support/story.ts";
import { SteppedTiming } from "../support/stepped-timing.ts";

const FRONT_END = "/var/lib/dpkg/lock-frontend";
const APT: LockHolder = { pid: 123, program: "apt-get" };

let story: Story;
let timing: SteppedTiming;
beforeEach(() => {
  story = new Story({ devices: false });
  timing = new SteppedTiming();
});
afterEach(() => {
  story.remove();
});

function execStep(action: Action): Step {
  return { id: 1, ...run("packages", action, { title: "", serves: [] }) };
}

function journal(id: string): string {
  return fs.readFileSync(join(story.root, JOURNALS, id, "events.jsonl"), "utf8");
}

/** apt-get holds the lock for so many seconds from now, or from the moment that `since` answers. */
function heldFor(seconds: number, since: () => number | undefined = () => 0) {
  return {
    lockHolder: (path: string): LockHolder | undefined => {
      const from = since();
      return path === FRONT_END && from !== undefined && timing.seconds() < from + seconds ? APT : undefined;
    },
  };
}

describe("the locks of the package manager", () => {
  it.each([
    [
      { does: "install", family: "debian", from: "files", packages: [{ name: "x", file: "x.deb" }] },
      [FRONT_END, "/var/lib/dpkg/lock"],
    ],
    [{ does: "remove", family: "debian", packages: [{ name: "x" }] }, [FRONT_END, "/var/lib/dpkg/lock"]],
    [{ does: "hold", family: "debian", packages: [{ name: "x" }] }, [FRONT_END, "/var/lib/dpkg/lock"]],
    [
      { does: "install", family: "debian", from: "repository", packages: [{ name: "x" }] },
      [FRONT_END, "/var/lib/dpkg/lock", "/var/cache/apt/archives/lock"],
    ],
    [{ does: "make-initrd", by: "initramfs-tools", release: "6.1.0", missing: false }, []],
  ] as const)("of %j are %j", (argv, locks) => {
    expect(packageLocksOf(execStep(argv))).toEqual(locks);
  });

  it("are told with who holds them, as far as the kernel tells", () => {
    expect(describeBusy({ lock: FRONT_END, holder: APT })).toBe(`apt-get (pid 123) holds ${FRONT_END}`);
    expect(describeBusy({ lock: FRONT_END, holder: { program: "another program" } })).toBe(
      `another program holds ${FRONT_END}`,
    );
  });
});

describe("an apply during an apt run", () => {
  it("waits before its first step, says for whom, and goes on once apt has ended", async () => {
    const events: ApplyEvent[] = [];
    const outcome = await story.apply(story.host(heldFor(3)), {
      timing,
      observe: (event) => events.push(event),
    });

    expect(outcome).toMatchObject({ status: "applied" });
    const busy = { lock: FRONT_END, holder: APT };
    expect(events.slice(0, 5)).toEqual([
      { kind: "waiting", ...busy, seconds: 0, limitSeconds: 120 },
      { kind: "waiting", ...busy, seconds: 1, limitSeconds: 120 },
      { kind: "waiting", ...busy, seconds: 2, limitSeconds: 120 },
      { kind: "waited", ...busy, seconds: 3 },
      { kind: "apply-started", journal: `${JOURNALS}/0001`, steps: 15 },
    ]);
    expect(journal("0001")).toContain(
      `"event":"waited","lock":"${FRONT_END}","holder":{"pid":123,"program":"apt-get"},"seconds":3}`,
    );
  });

  it.each([0, 1, 2.5, 120])("gives up after %s seconds, with nothing done", async (lockTimeoutSeconds) => {
    const before = snapshot(story.root, ["/var/lib/hostcfg"]);
    const outcome = await story.apply(story.host(heldFor(1000)), { timing, lockTimeoutSeconds });

    expect(outcome).toEqual({ status: "busy", lock: FRONT_END, holder: APT, seconds: lockTimeoutSeconds });
    expect(snapshot(story.root, ["/var/lib/hostcfg"])).toBe(before);
    expect(fs.existsSync(join(story.root, JOURNALS))).toBe(false);
  });

  it("ends at once when it is interrupted while it waits", async () => {
    const control = new AbortController();
    const observe = (event: ApplyEvent): void => {
      if (event.kind === "waiting" && event.seconds === 2) control.abort();
    };
    const outcome = await story.apply(story.host(heldFor(1000)), { timing, observe, signal: control.signal });

    expect(outcome).toMatchObject({ status: "interrupted", done: 0, left: 15 });
    expect(timing.seconds()).toBe(2);
    expect(fs.existsSync(join(story.root, JOURNALS))).toBe(false);
  });

  it("does not carry out a plan that apt made stale meanwhile", async () => {
    const plan = await story.plan();
    const host = story.host({
      lockHolder: (path) => {
        if (path !== FRONT_END || timing.seconds() >= 2) return undefined;
        fs.rmSync(join(story.root, "boot/vmlinuz"), { force: true });
        return APT;
      },
    });
    expect(await story.apply(host, { plan, timing })).toMatchObject({ status: "stale" });
  });

  it("does not wait for a plan without packages", async () => {
    story.remove();
    story = new Story({
      devices: false,
      spec: "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n",
    });
    expect(await story.apply(story.host(heldFor(1000)), { timing })).toMatchObject({ status: "applied" });
    expect(timing.seconds()).toBe(0);
  });
});

describe("an apt run that begins in the middle of an apply", () => {
  /** The moment of the apply's first step, which is `dpkg --install`, and holds nobody waits for. */
  async function applyWith(seconds: number, lockTimeoutSeconds: number) {
    story.remove();
    story = new Story({
      devices: false,
      spec: `apiVersion: hostcfg/v1
kernelOptions: { present: [iommu=pt] }
kernel: { release: 5.3.0-7625-generic, hold: true }
`,
    });
    let since: number | undefined;
    const observe = (event: ApplyEvent): void => {
      if (event.kind === "apply-started") since = timing.seconds();
    };
    const plan = await story.plan();
    const at = plan.steps.findIndex((step) => packageLocksOf(step).length > 0);
    const outcome = await story.apply(story.host(heldFor(seconds, () => since)), {
      plan,
      timing,
      observe,
      lockTimeoutSeconds,
    });
    return { outcome, step: plan.steps[at]?.id };
  }

  it("is waited for right before the step whose program needs the lock", async () => {
    const { outcome, step } = await applyWith(5, 10);
    expect(outcome).toMatchObject({ status: "applied" });
    expect(timing.seconds()).toBe(5);
    expect(journal("0001")).toContain(`"event":"waited","step":${String(step)},`);
  });

  it("fails that step alone where it does not end in time: the program was not started", async () => {
    const { outcome, step } = await applyWith(1000, 10);
    expect(outcome).toMatchObject({
      status: "failed",
      step,
      why: `the package manager is at work: apt-get (pid 123) holds ${FRONT_END}, still after 10 s`,
    });
    expect(journal("0001")).not.toContain(`"event":"step-started","step":${String(step)}`);
    expect(journal("0001")).toContain(
      `"event":"step-failed","step":${String(step)},"why":"the package manager`,
    );
  });
});
