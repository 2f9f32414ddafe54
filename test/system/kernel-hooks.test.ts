import { describe, expect } from "vitest";
import { expectEndState } from "./rig/end-state.ts";
import { hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import { playBoot } from "./rig/loader.ts";
import { it } from "./rig/machines.ts";

describe("a host that was brought to its spec", () => {
  it("is seen and brought back after an initramfs update took the next boot away", async ({ machine }) => {
    await mustHostcfg(machine, "apply", "--auto-approve");
    await machine.must("update-initramfs", "-u", "-k", "5.3.0-acso");
    // kernelstub's hook knows nothing of the declared kernel and took the newest by Debian's order.
    expect(playBoot(machine).release).toBe("5.3.0-7625-generic");

    const plan = await hostcfg(machine, "plan", "--detailed-exitcode");
    expect(plan.stdout).toContain("~ kernel.release: 5.3.0-7625-generic -> 5.3.0-acso");
    expect(plan.exitCode).toBe(2);
    expect(await hostcfg(machine, "verify")).toMatchObject({ exitCode: 2 });
    await mustHostcfg(machine, "apply", "--auto-approve");
    await expectEndState(machine);
  });
});
