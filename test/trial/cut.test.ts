import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { markOf } from "../../src/cmdline.ts";
import { trialNow } from "../../src/journal/history.ts";
import { inFolder } from "../faults/support/acts.ts";
import { undoPlan } from "../support/story.ts";
import { MACHINES, Machine, applied, until } from "./machine.ts";

describe.each(MACHINES)("a trial on %s with %j", (name, spec) => {
  const on = (work: (machine: Machine) => Promise<void>): Promise<void> =>
    inFolder((folder) => work(new Machine(folder, name, spec)));

  it("whose keeping was cut is taken back to the byte by the next boot, and nobody is needed", async () => {
    await on(async (machine) => {
      const image = machine.image();
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      expect(await until(machine, () => machine.keepPlan(), 2)).toBe(false);
      await machine.settle();
      expect(trialNow(machine.host.reader())).toBeUndefined();
      expect(machine.image()).toBe(image);
    });
  });

  it("that booted though its record has no end is taken back in that boot, which ends by a reboot", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.trialPlan("verification"))).toBe("applied");
      const events = join(machine.root, "var/lib/hostcfg/journal/0001/events.jsonl");
      const lines = readFileSync(events, "utf8").trimEnd().split("\n");
      writeFileSync(events, `${lines.slice(0, -1).join("\n")}\n`);
      expect((await machine.hostcfg("status")).said).toContain("the next boot takes it back");
      const boots = await machine.settle();
      expect(boots.map(({ options }) => markOf(options))).toEqual(["trial", undefined]);
      expect(trialNow(machine.host.reader())).toBeUndefined();
    });
  });

  it("that was taken back but for the end of the record is not kept after that", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      await machine.reboot();
      const steps = (await undoPlan(machine.host, "0001")).steps.length;
      expect(await until(machine, () => undoPlan(machine.host, "0001"), steps - 1)).toBe(false);
      expect(trialNow(machine.host.reader())).toBeUndefined();
      expect((await machine.hostcfg("keep --auto-approve")).said).toContain("cannot be kept");
      expect((await machine.hostcfg("give-up --auto-approve")).exit).toBe(0);
    });
  });

  it("is none before what takes it back at boot is in place, and that comes first", async () => {
    await on(async (machine) => {
      const [image, before] = [machine.image(), await machine.next()];
      expect(await until(machine, () => machine.trialPlan(), 1)).toBe(false);
      expect(trialNow(machine.host.reader())).toBeUndefined();
      expect(await machine.next()).toEqual(before);
      expect((await machine.hostcfg("status")).said).toContain("apply 0001 was interrupted");
      expect((await machine.hostcfg("give-up --auto-approve")).exit).toBe(0);
      expect(machine.image()).toBe(image);
    });
  });
});
