import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { markOf } from "../../src/cmdline.ts";
import type { NextBoot } from "../../src/model/index.ts";
import { inFolder } from "../faults/support/acts.ts";
import { machineOf } from "../standins/machine.ts";
import { acsKernelDebs } from "../support/acs-kernel.ts";
import { MACHINES, Machine, applied } from "./machine.ts";

/** Newer than all that the recorded hosts have. */
const NEWER = "6.99.0-acso";

/** As apt does on its own at night: the hooks make its initrd, and the loader's own tool runs. */
function upgrade({ root }: Machine): void {
  const debs = acsKernelDebs(join(root, "tmp"), NEWER).map((deb) => `/tmp/${basename(deb)}`);
  const { exitCode, stderr } = machineOf(root).run(["dpkg", "--install", ...debs]);
  expect([exitCode, stderr]).toEqual([0, expect.anything()]);
}

function started({ release, options }: NextBoot): unknown {
  return [release, markOf(options), options];
}

const HOSTS: typeof MACHINES = [
  ...MACHINES,
  ["debian-grub", { kernel: { release: "6.1.0-25-amd64" }, kernelOptions: { present: ["iommu=pt"] } }],
];

describe.each(HOSTS)("a newer kernel that a package brings on %s with %j", (name, spec) => {
  const on = (work: (machine: Machine) => Promise<void>): Promise<void> =>
    inFolder((folder) => work(new Machine(folder, name, spec)));

  it("before the trial's boot is neither what is tried nor what the host goes back to", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      const tried = await machine.next();
      upgrade(machine);
      expect(started(await machine.next())).toEqual(started(tried));
      const booted = await machine.reboot();
      expect(booted.kernel).toBe(tried.kernel);
      const before = await machine.next();
      expect(markOf(before.options)).toBe("before");
      expect(before.release).not.toEqual({ known: true, value: NEWER });
    });
  });

  it("in the trial's boot does not take the way back, and the declared kernel is what is kept", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      const tried = await machine.reboot();
      const before = await machine.next();
      upgrade(machine);
      expect(started(await machine.next())).toEqual(started(before));
      expect(await applied(machine.host, () => machine.keepPlan())).toBe("applied");
      const kept = await machine.next();
      expect(kept.options).toMatch(/iommu=pt$/);
      if (spec.kernel !== undefined) expect(kept.release).toEqual(tried.release);
    });
  });
});
