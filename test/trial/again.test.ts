import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inFolder } from "../faults/support/acts.ts";
import { applyOn } from "../support/apply-on.ts";
import { undo } from "../support/story.ts";
import { MACHINES, Machine, applied } from "./machine.ts";

function declare(machine: Machine, present: string[]): void {
  machine.spec = { ...machine.spec, kernelOptions: { present } };
}

function append(machine: Machine, initrd: string, bytes: number): void {
  appendFileSync(join(machine.root, "boot", initrd), Buffer.alloc(bytes));
}

describe.each(MACHINES)("on %s with %j", (name, spec) => {
  it("a trial after one that was kept is taken back, also where the initrd was made anew between them", async () => {
    await inFolder(async (folder) => {
      const machine = new Machine(folder, name, spec);
      const { loader } = await machine.next();
      const initrds = readdirSync(join(machine.root, "boot")).filter((one) => one.startsWith("initrd.img-"));
      // The journal keeps the digest alone of what is as large as that.
      for (const initrd of loader === "grub" ? initrds : []) append(machine, initrd, 2 << 20);
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      expect(await applied(machine.host, () => machine.keepPlan())).toBe("applied");
      await machine.reboot();
      // GRUB starts it where it is made; elsewhere the loaders' own copies are made anew by hooks.
      for (const initrd of loader === "grub" ? initrds : []) append(machine, initrd, 1);

      declare(machine, ["iommu=pt", "nosmt"]);
      const before = await machine.next();
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      expect((await machine.reboot()).release).toEqual(before.release);
      expect(await machine.does()).toBe("take-back");
      expect((await undo(machine.host, (await machine.newest()).id)).status).toBe("applied");
      expect(await machine.next()).toMatchObject({ options: before.options, kernel: before.kernel });
    });
  });

  it("what is applied and has not booted is nothing that a trial could go back to", async () => {
    await inFolder(async (folder) => {
      const machine = new Machine(folder, name, spec);
      expect((await applyOn(machine.host, () => machine.ordinaryPlan())).status).toBe("applied");
      declare(machine, ["iommu=pt", "nosmt"]);
      expect(await applied(machine.host, () => machine.trialPlan())).toMatch(/reboot first|boots next/);
      await machine.reboot();
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
    });
  });
});
