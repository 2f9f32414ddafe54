import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import type { ApplyOutcome } from "../../src/apply/events.ts";
import type { Session } from "./fakes.ts";
import { applying, planOf, run, savedPlanOf, SPEC, verifying } from "./fakes.ts";
import { EMPTY_PLAN, FULL_PLAN, REFUSED_PLAN, VERIFICATION } from "./plans.ts";

const journal = "/var/lib/hostcfg/journal/1";
const APPLIED: ApplyOutcome = { status: "applied", journal, steps: 4 };
const SAVED = { "p.json": JSON.stringify(FULL_PLAN) };

const UNKNOWN_BOOT = { known: false, why: "not in this test" } as const;

describe("hostcfg apply", () => {
  it("needs root on the running host, and says so before it reads anything", async () => {
    const ran = await run("apply nope.yaml --auto-approve", { privileged: false });
    expect(ran).toMatchObject({ exit: 1, stdout: "", targets: [] });
    expect(ran.stderr).toBe(
      "error: applying to the running host needs root\nhint: sudo hostcfg apply nope.yaml --auto-approve\n",
    );
  });

  it("needs no root for another root tree", async () => {
    const ran = await run("apply --root mnt --chroot --auto-approve", {
      privileged: false,
      files: { "host.yaml": SPEC, "mnt/etc/hostname": "" },
      engine: applying(APPLIED),
    });
    expect(ran).toMatchObject({ exit: 0, targets: [{ kind: "root", root: "/desk/mnt", chroot: true }] });
  });

  describe("before it changes anything", () => {
    it.each([
      ["yes", 0, /Applied 4 steps/],
      ["y", 1, /Plan: 1 to add/],
      ["YES", 1, /Plan: 1 to add/],
      ["", 1, /Plan: 1 to add/],
    ])("shows the plan and takes %j with exit %i", async (answer, exit, stdout) => {
      const ran = await run("apply --no-color", { terminal: true, answer, engine: applying(APPLIED) });
      expect(ran.exit).toBe(exit);
      expect(ran.questions).toEqual(["Carry out 4 steps on this host? Only 'yes' is accepted: "]);
      expect(ran.stdout).toMatch(stdout);
      expect(ran.stderr).toContain(exit === 0 ? "" : "Not approved: nothing was changed.\n");
    });

    it("refuses where it cannot ask, with the line to type", async () => {
      const ran = await run("apply");
      expect(ran).toMatchObject({ exit: 1, questions: [] });
      expect(ran.stdout).toContain("Plan: 1 to add");
      expect(ran.stderr).toContain(
        "error: there is no terminal to ask on, so the plan must be approved beforehand\n",
      );
      expect(ran.stderr).toContain("hint: hostcfg apply --auto-approve\n");
    });

    it("asks nothing with --auto-approve", async () => {
      const ran = await run("apply --auto-approve", { terminal: true, engine: applying(APPLIED) });
      expect(ran).toMatchObject({ exit: 0, questions: [] });
    });

    it("shows a plan with errors and stops", async () => {
      const ran = await run("apply --auto-approve", { engine: planOf(REFUSED_PLAN) });
      expect(ran).toMatchObject({ exit: 1 });
      expect(ran.stdout).toMatch(/Plan not applyable: 2 errors\.\n$/);
      expect(ran.stderr).toBe("error: the plan has errors; nothing was changed\n");
    });

    it("does not run programs of another root without --chroot", async () => {
      const ran = await run("apply --root mnt --auto-approve", {
        files: { "host.yaml": SPEC, "mnt/etc/hostname": "" },
      });
      expect(ran.exit).toBe(1);
      expect(ran.stderr).toBe(
        "error: step 1 runs dpkg; programs of /desk/mnt run only with --chroot\nhint: hostcfg apply --root mnt --auto-approve --chroot\n",
      );
    });

    it("writes files of another root without --chroot when no program has to run", async () => {
      const plan: Plan = { ...FULL_PLAN, steps: FULL_PLAN.steps.filter(({ kind }) => kind !== "exec") };
      const ran = await run("apply --root mnt --auto-approve", {
        files: { "host.yaml": SPEC, "mnt/etc/hostname": "" },
        engine: { ...planOf(plan), ...applying(APPLIED) },
      });
      expect(ran.exit).toBe(0);
    });
  });

  it("asks nothing when there is nothing to do, and has what an apply left unfinished settled", async () => {
    const given: Plan[] = [];
    const settling = applying({ status: "nothing-to-do" }, ({ plan }) => given.push(plan));
    const ran = await run("apply", { engine: { ...planOf(EMPTY_PLAN), ...settling } });
    expect(ran).toMatchObject({ exit: 0, questions: [], stderr: "" });
    expect(given).toEqual([EMPTY_PLAN]);
    expect(ran.stdout).toMatch(/No changes\. This host matches the spec\.\n$/);
  });

  it.each<[ApplyOutcome, number, string]>([
    [
      { status: "failed", journal, step: 2, why: "disk full", hint: "make room", nextBoot: UNKNOWN_BOOT },
      1,
      "error: step 2 failed: disk full\n",
    ],
    [
      { status: "interrupted", journal, done: 1, left: 3, nextBoot: UNKNOWN_BOOT },
      130,
      "Interrupted: 1 step done, 3 left.",
    ],
    [{ status: "locked" }, 75, "error: another apply runs on this host"],
    [{ status: "stale", moved: ["/boot/vmlinuz moved"] }, 1, "moved: /boot/vmlinuz moved\n"],
  ])("%j", async (outcome, exit, stderr) => {
    const ran = await run("apply --auto-approve", { engine: applying(outcome) });
    expect(ran.exit).toBe(exit);
    expect(ran.stderr).toContain(stderr);
    expect(ran.stdout).not.toContain("Verified");
    const json = await run("apply --auto-approve --json", { engine: applying(outcome) });
    expect(json.stderr).toContain(stderr);
  });

  it("says what is broken on a host that would not come up, and how to change it all the same", async () => {
    const problem = { severity: "error", code: "boot-entry-broken", summary: "x would not come up" } as const;
    const engine = applying({ status: "not-bootable", problems: [problem] }, ({ evenIfBroken }) => {
      expect(evenIfBroken).toBeUndefined();
    });
    const ran = await run("apply --auto-approve", { engine });
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toContain("error[boot-entry-broken]: x would not come up\n");
    expect(ran.stderr).toContain("hostcfg apply --auto-approve --even-if-broken\n");
    const json = await run("apply --auto-approve --json", { engine });
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: "host-not-bootable" } });
  });

  it("hands on that a broken host is to be changed", async () => {
    const asked: unknown[] = [];
    const engine = applying(APPLIED, ({ evenIfBroken }) => asked.push(evenIfBroken));
    await run("apply --auto-approve --even-if-broken", { engine });
    expect(asked).toEqual([true]);
  });

  it("verifies afterwards and ends with what is left to do", async () => {
    const ran = await run("apply --auto-approve", {
      engine: { ...applying(APPLIED), ...verifying("pending") },
    });
    expect(ran).toMatchObject({ exit: 0 });
    expect(ran.stdout.split("\n").slice(-5)).toEqual([
      "",
      "Reboot pending: 1 of 4 waits for the next boot.",
      `Applied 4 steps. Journal: ${journal}`,
      "Reboot to finish, then check: sudo hostcfg verify",
      "",
    ]);
  });

  it("prints the journal and the logs of another root with that root in front", async () => {
    const engine = applying(APPLIED, ({ plan, observe }) => {
      const [step] = plan.steps;
      if (step === undefined) throw new Error("the test's plan has no step");
      observe({ kind: "step-failed", step, seconds: 1, why: "disk full", log: `${journal}/step-01.log` });
    });
    const files = { "host.yaml": SPEC, "mnt/etc/hostname": "other\n" };
    const ran = await run("apply --root mnt --chroot --auto-approve", { files, engine });
    expect(ran.stdout).toContain(`Journal: /desk/mnt${journal}\n`);
    expect(ran.stderr).toContain(`log: /desk/mnt${journal}/step-01.log\n`);
  });

  it("says nothing of a reboot when none is needed", async () => {
    const plan = { ...FULL_PLAN, rebootNeeded: false };
    const ran = await run("apply --auto-approve", { engine: { ...planOf(plan), ...applying(APPLIED) } });
    expect(ran.stdout).not.toContain("Reboot to finish");
  });

  it("still says that it was applied when the host cannot be read afterwards", async () => {
    const engine: Session["engine"] = {
      ...applying(APPLIED),
      verify: () => Promise.reject(new Error("no more facts")),
    };
    const ran = await run("apply --auto-approve", { engine });
    expect(ran.exit).toBe(1);
    expect(ran.stdout).toContain("Applied 4 steps.");
    expect(ran.stderr).toContain("no more facts");
    expect(JSON.parse((await run("apply --auto-approve --json", { engine })).stdout)).toMatchObject({
      outcome: APPLIED,
      error: { code: "internal-error" },
    });
  });

  it("shows a line for each step while it goes on", async () => {
    const engine = applying(APPLIED, ({ plan, observe }) => {
      const [step] = plan.steps;
      if (step === undefined) throw new Error("the test's plan has no step");
      observe({ kind: "apply-started", journal, steps: 4 });
      observe({ kind: "step-started", step });
      observe({ kind: "step-done", step, seconds: 61.5 });
    });
    const ran = await run("apply --auto-approve", { engine });
    expect(ran.stderr).toBe(" 1/4 done   install linux-image-5.3.0-acso (61.5 s)\n");
  });

  it("plans again from a new look when it is asked to, and hands the signal on", async () => {
    let looks = 0;
    const interrupted = AbortSignal.abort();
    const again: Promise<Plan>[] = [];
    const signals: AbortSignal[] = [];
    await run("apply --auto-approve", {
      interrupted,
      engine: {
        makePlan: () => {
          looks += 1;
          return Promise.resolve(FULL_PLAN);
        },
        ...applying(APPLIED, ({ replan, signal }) => {
          again.push(replan());
          signals.push(signal);
        }),
      },
    });
    expect(await again[0]).toBe(FULL_PLAN);
    expect(looks).toBe(2);
    expect(signals).toEqual([interrupted]);
  });

  describe("of a saved plan", () => {
    it("asks nothing", async () => {
      const ran = await run("apply p.json", {
        terminal: true,
        files: SAVED,
        engine: { ...savedPlanOf(FULL_PLAN), ...applying(APPLIED) },
      });
      expect(ran).toMatchObject({ exit: 0, questions: [] });
    });

    it("is refused when the host moved on, naming what moved", async () => {
      const ran = await run("apply p.json", {
        files: SAVED,
        engine: {
          ...savedPlanOf(FULL_PLAN),
          staleness: () => Promise.resolve(["/boot/vmlinuz is not as it was"]),
        },
      });
      expect(ran).toMatchObject({ exit: 1, stdout: "" });
      expect(ran.stderr).toContain("error[moved]: /boot/vmlinuz is not as it was\n");
      expect(ran.stderr).toContain("error: the saved plan p.json is stale: the host has changed\n");
      expect(ran.stderr).toContain("hint: look at a new one: hostcfg plan host.yaml --out p.json\n");
    });

    it("is made again from the spec inside it, whatever host.yaml says now", async () => {
      const sources: string[] = [];
      await run("apply p.json", {
        files: { ...SAVED, "host.yaml": "broken: [" },
        engine: {
          ...savedPlanOf(FULL_PLAN),
          ...applying(APPLIED),
          makePlan: ({ source }) => {
            sources.push(`${source.path} ${source.sha256}`);
            return Promise.resolve(FULL_PLAN);
          },
        },
      });
      expect(sources).toEqual([expect.stringMatching(/^\/.*\/host\.yaml 5{64}$/)]);
    });

    it("is refused when it cannot be read, with all that is wrong with it", async () => {
      const ran = await run("apply p.json", {
        files: { "p.json": '{"formatVersion":"2.0"}' },
        engine: {
          readSavedPlan: () =>
            Promise.resolve({
              diagnostics: [{ severity: "error", code: "not-a-plan", summary: "format 2.0" }],
            }),
        },
      });
      expect(ran).toMatchObject({ exit: 1, stdout: "" });
      expect(ran.stderr).toContain("error[not-a-plan]: format 2.0\n");
      expect(ran.stderr).toContain("hint: make a new one: hostcfg plan SPEC --out p.json\n");
    });
  });

  it.each([
    [
      "a capture",
      '{"formatVersion":"1.0","paths":{}}',
      "error: x.json is not a saved plan: it is a capture\nhint: did you mean: hostcfg plan SPEC --capture x.json\n",
    ],
    [
      "a file that was cut off",
      "{ cut off",
      "error: x.json is not a saved plan: it is no JSON, perhaps cut off\nhint: make a plan: hostcfg plan SPEC --out plan.json\n",
    ],
  ])("refuses %s, and does not suggest to write over it", async (_what, content, stderr) => {
    expect(await run("apply x.json", { files: { "x.json": content } })).toMatchObject({ exit: 1, stderr });
  });

  describe("with --json", () => {
    it("never asks: without an approval it is refused", async () => {
      const ran = await run("apply --json", { terminal: true });
      expect(ran).toMatchObject({ exit: 1, questions: [], stderr: "" });
      expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: "needs-approval" } });
    });

    it("prints one document with the plan, the outcome and the verification", async () => {
      const ran = await run("apply --json --auto-approve", { engine: applying(APPLIED) });
      expect(ran.exit).toBe(0);
      expect(JSON.parse(ran.stdout)).toEqual({
        formatVersion: "1.0",
        plan: FULL_PLAN,
        outcome: APPLIED,
        verification: VERIFICATION,
      });
    });

    it.each<[string, Partial<Session>, number, object]>([
      [
        "nothing to do",
        { engine: { ...planOf(EMPTY_PLAN), ...applying({ status: "nothing-to-do" }) } },
        0,
        { plan: EMPTY_PLAN, outcome: { status: "nothing-to-do" } },
      ],
      [
        "a plan with errors",
        { engine: planOf(REFUSED_PLAN) },
        1,
        { plan: REFUSED_PLAN, error: { code: "not-applyable" } },
      ],
      [
        "a lock",
        { engine: applying({ status: "locked" }) },
        75,
        { plan: FULL_PLAN, outcome: { status: "locked" } },
      ],
    ])("prints one document for %s", async (_what, session, exit, document) => {
      const ran = await run("apply --json --auto-approve", session);
      expect(ran.exit).toBe(exit);
      expect(JSON.parse(ran.stdout)).toMatchObject(document);
    });

    it("takes a saved plan as the approval", async () => {
      const ran = await run("apply p.json --json", {
        files: SAVED,
        engine: { ...savedPlanOf(FULL_PLAN), ...applying(APPLIED) },
      });
      expect(JSON.parse(ran.stdout)).toMatchObject({ outcome: APPLIED });
    });
  });
});
