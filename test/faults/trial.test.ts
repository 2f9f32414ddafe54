import { describe, expect, it } from "vitest";
import { applyPlan } from "../../src/apply/apply.ts";
import type { Plan } from "../../src/model/index.ts";
import { unmarked } from "../../src/cmdline.ts";
import { readHistory } from "../../src/journal/history.ts";
import { checkingBoot } from "../support/checking-boot.ts";
import { undo } from "../support/story.ts";
import { MORE_MACHINES, Machine, applied } from "../trial/machine.ts";
import { inFolder } from "./support/acts.ts";

/** Carries a plan out until so many steps are done, and answers whether that was all of it. */
async function until(machine: Machine, replan: () => Promise<Plan>, steps: number): Promise<boolean> {
  const stop = new AbortController();
  let done = 0;
  const { host } = machine;
  const outcome = await applyPlan({
    plan: await replan(),
    host,
    replan,
    checkBoot: checkingBoot(host),
    observe: ({ kind }) => {
      if (kind === "step-done" && ++done === steps) stop.abort();
    },
    signal: stop.signal,
    now: () => new Date(0),
  });
  if (outcome.status !== "interrupted" && outcome.status !== "applied")
    throw new Error(JSON.stringify(outcome));
  return outcome.status === "applied";
}

/** In a folder of its own for each number of steps, until all of them were done. */
async function inTurn(work: (folder: string, steps: number) => Promise<boolean>): Promise<void> {
  let steps = 1;
  while (!(await inFolder((folder) => work(folder, steps)))) steps += 1;
}

describe.each(MORE_MACHINES)("a trial on %s with %j", (name, spec) => {
  it("that ends after any step boots what booted before, and is taken back to the byte by that boot", async () => {
    await inTurn(async (folder, steps) => {
      const machine = new Machine(folder, name, spec);
      const [image, before] = [machine.image(), await machine.next()];
      if (await until(machine, () => machine.trialPlan(), steps)) return true;
      const next = await machine.reboot();
      expect({ ...next, options: unmarked(next.options) }).toMatchObject({
        options: before.options,
        release: before.release,
      });
      expect(await machine.does()).toBe("take-back");
      expect((await undo(machine.host, "0001")).status).toBe("applied");
      expect(machine.image()).toBe(image);
      return false;
    });
  });

  it("that ends after any step goes on by the same try, and is taken back to the byte", async () => {
    await inTurn(async (folder, steps) => {
      const machine = new Machine(folder, name, spec);
      const image = machine.image();
      if (await until(machine, () => machine.trialPlan(), steps)) return true;
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      await machine.reboot();
      expect((await undo(machine.host, (await machine.newest()).id)).status).toBe("applied");
      expect(machine.image()).toBe(image);
      return false;
    });
  });

  it("whose keeping ends after any step boots one or the other, and can be kept or taken back", async () => {
    await inTurn(async (folder, steps) => {
      const machine = new Machine(folder, name, spec);
      const image = machine.image();
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      if (await until(machine, () => machine.keepPlan(), steps)) return true;
      await machine.reboot();
      expect(await machine.does()).toBe("take-back");
      expect((await undo(machine.host, "0002")).status).toBe("applied");
      expect(machine.image()).toBe(image);
      expect((await readHistory(machine.host.reader())).find(({ id }) => id === "0001")?.undoneBy).toBe(
        "0003",
      );
      return false;
    });
  });
});
