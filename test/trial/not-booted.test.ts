import { appendFileSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inFolder } from "../faults/support/acts.ts";
import { MACHINES, Machine } from "./machine.ts";

/** What is said of what the host would go back to, where its boot began at this time. */
async function saidOf(machine: Machine, began: number): Promise<readonly string[]> {
  mkdirSync(join(machine.root, "proc"), { recursive: true });
  writeFileSync(join(machine.root, "proc/stat"), `cpu 1 2 3\nbtime ${began}\n`);
  const { diagnostics } = await machine.trialPlan();
  return diagnostics.filter(({ code }) => code === "trial-not-booted").map(({ summary }) => summary);
}

describe.each(MACHINES)("what a trial on %s goes back to, with %j", (name, spec) => {
  it("has not booted where its initrd was written since this boot began, and the plan says so", async () => {
    await inFolder(async (folder) => {
      const machine = new Machine(folder, name, spec);
      const { kernel, initrd: read } = await machine.next();
      // Proxmox's ESPs are copied from /boot.
      const initrd = read.replace(/^\(ESP\)(?:\/.*)?(?=\/)/, "/boot");
      const [made, now] = [statSync(join(machine.root, initrd)), Math.floor(Date.now() / 1000)];
      expect(await saidOf(machine, now + 10)).toEqual([]);
      appendFileSync(join(machine.root, initrd), "made anew");
      expect(made.size).toBeGreaterThan(0);
      const said = await saidOf(machine, now - 3600);
      expect(said).toEqual([
        `${initrd} was written since this boot began: what the host would go back to has not booted yet`,
      ]);
      expect(said.join()).not.toContain(kernel);
    });
  });

  it("is said to be unknown where nothing tells when this boot began", async () => {
    await inFolder(async (folder) => {
      const machine = new Machine(folder, name, spec);
      const { diagnostics } = await machine.trialPlan();
      const said = diagnostics.filter(({ code }) => code === "trial-not-booted");
      expect(said.map(({ summary }) => summary).join()).toContain("is unknown");
    });
  });
});
