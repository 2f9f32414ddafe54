import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { trialNow } from "../../src/journal/history.ts";
import { verify } from "../../src/plan/verify.ts";
import { inFolder } from "../faults/support/acts.ts";
import { undo, undoPlan } from "../support/story.ts";
import { verifyTrial } from "../../src/trial/keep.ts";
import { MACHINES, Machine, NAMED, WITHOUT_ENVIRONMENT, applied } from "./machine.ts";

describe.each([...MACHINES, ...NAMED, WITHOUT_ENVIRONMENT])("a trial on %s with %j", (name, spec) => {
  const on = (work: (machine: Machine) => Promise<void>): Promise<void> =>
    inFolder((folder) => work(new Machine(folder, name, spec)));

  it("boots what is declared once, and what booted before ever after", async () => {
    await on(async (machine) => {
      const before = await machine.next();
      const plan = await machine.trialPlan();
      expect(plan.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      expect(await machine.does()).toBe("nothing");
      const once = await machine.reboot();
      expect(once.options).toMatch(/iommu=pt hostcfg\.boot=trial panic=30$/);
      expect(once).toMatchObject({
        release: spec.kernel === undefined ? before.release : { value: spec.kernel.release },
      });
      expect(
        verifyTrial(await machine.observed()).findings.filter(({ status }) => status !== "satisfied"),
      ).toEqual([]);
      const after = await machine.next();
      expect(after.options).toBe(`${before.options} hostcfg.boot=before`);
      expect(after.release).toEqual(before.release);
      expect(after.kernel).not.toBe(before.kernel);
    });
  });

  it("of what is there already is none", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.ordinaryPlan())).toBe("applied");
      await machine.reboot();
      expect((await machine.trialPlan()).steps).toEqual([]);
    });
  });

  it("is kept: the next plan finds nothing to do, and an undo takes all of it back", async () => {
    await on(async (machine) => {
      const image = machine.image();
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      expect((await machine.keepPlan()).rebootNeeded).toBe(false);
      expect(await applied(machine.host, () => machine.keepPlan())).toBe("applied");
      expect(trialNow(machine.host.reader())).toBeUndefined();
      expect((await machine.ordinaryPlan()).changes).toEqual([]);
      expect(machine.image()).not.toContain("hostcfg-trial");
      const next = await machine.reboot();
      expect(next.options).toMatch(/iommu=pt$/);
      expect(verify(await machine.observed()).status).toBe("satisfied");
      expect(await undo(machine.host, "0002")).toMatchObject({ status: "applied" });
      expect(machine.image()).toBe(image);
    });
  });

  it("that is not kept is taken back to the byte by the boot of before", async () => {
    await on(async (machine) => {
      const image = machine.image();
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      await machine.reboot();
      expect(await machine.does()).toBe("take-back");
      expect((await undoPlan(machine.host, "0001")).diagnostics).toEqual([]);
      expect(await undo(machine.host, "0001")).toMatchObject({ status: "applied" });
      expect(machine.image()).toBe(image);
      expect(await machine.does()).toBe("nothing");
    });
  });

  it("that has not booted yet can be given up", async () => {
    await on(async (machine) => {
      const [image, before] = [machine.image(), await machine.next()];
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      expect(await undo(machine.host, "0001")).toMatchObject({ status: "applied" });
      expect(machine.image()).toBe(image);
      expect(await machine.next()).toEqual(before);
    });
  });

  it("is judged by verify as it would be kept, in its own boot and for its own spec alone", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      expect((await machine.hostcfg("verify /etc/host.yaml")).exit).toBe(EXIT.ok);
      const { spec } = machine;
      machine.spec = { ...spec, kernelOptions: { present: ["iommu=pt", "nosmt"] } };
      expect((await machine.hostcfg("verify /etc/host.yaml")).exit).not.toBe(EXIT.ok);
      // Without one it is the spec that is tried, as it was then.
      expect((await machine.hostcfg("verify")).exit).toBe(EXIT.ok);
      machine.spec = spec;
      await machine.reboot();
      expect((await machine.hostcfg("verify /etc/host.yaml")).exit).not.toBe(EXIT.ok);
      expect((await machine.hostcfg("verify")).exit).toBe(EXIT.unsatisfied);
      expect(await machine.hostcfg("give-up --auto-approve")).toMatchObject({ exit: EXIT.ok });
      expect((await machine.hostcfg("verify")).said).toContain("there is no host.yaml in this folder");
    });
  });

  it("is judged so where its spec includes a base, as long as that is the same", async () => {
    await on(async (machine) => {
      const { spec } = machine;
      machine.base = spec;
      machine.spec = { apiVersion: spec.apiVersion, include: "base.yaml" };
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      expect((await machine.hostcfg("verify /etc/host.yaml")).exit).toBe(EXIT.ok);
      machine.base = { ...spec, kernelOptions: { present: ["iommu=pt", "nosmt"] } };
      expect((await machine.hostcfg("verify /etc/host.yaml")).exit).not.toBe(EXIT.ok);
    });
  });

  it("cannot be kept in another boot than its own", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      expect((await machine.keepPlan()).applyable).toBe(false);
      await machine.reboot();
      expect((await machine.keepPlan()).applyable).toBe(true);
      await machine.reboot();
      expect((await machine.keepPlan()).applyable).toBe(false);
    });
  });
});

it("the limit's unit ends only the boot of a trial, and needs nothing but a shell", async () => {
  await inFolder(async (folder) => {
    const machine = new Machine(folder, "sd-boot-debian", { kernelOptions: { present: ["iommu=pt"] } });
    expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
    const unit = readFileSync(join(machine.root, "etc/systemd/system/hostcfg-trial-limit.service"), "utf8");
    expect(unit).toContain("ConditionKernelCommandLine=hostcfg.boot=trial\n");
    expect(unit).toMatch(/^ExecStart=\/bin\/sh -c 'sleep 600; /m);
  });
});

const OF_GRUB = [...MACHINES, WITHOUT_ENVIRONMENT].filter(([name]) => name.endsWith("-grub"));

describe.each(OF_GRUB)("a trial by GRUB's environment block on %s with %j", (name, spec) => {
  it("is taken back where GRUB has kept something else meanwhile, which stays", async () => {
    await inFolder(async (folder) => {
      const machine = new Machine(folder, name, spec);
      const environment = join(machine.root, "boot/grub/grubenv");
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      const kept = readFileSync(environment, "utf8").replace(/^next_entry=/m, "recordfail=1\nnext_entry=");
      writeFileSync(environment, kept.slice(0, 1024));
      await machine.settle();
      expect(trialNow(machine.host.reader())).toBeUndefined();
      expect(readFileSync(environment, "utf8")).toMatch(/\nrecordfail=1\n#/);
      expect(machine.image()).not.toContain("hostcfg-trial");
    });
  });
});
