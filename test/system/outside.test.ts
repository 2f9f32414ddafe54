import { describe, expect } from "vitest";
import { expectEndState } from "./rig/end-state.ts";
import { PRODUCT, STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import { playBoot } from "./rig/loader.ts";
import type { Machine } from "./rig/machine.ts";
import { it } from "./rig/machines.ts";
import type { Ran } from "./rig/ran.ts";
import { succeeded } from "./rig/ran.ts";

/** Runs hostcfg on the machine that has the disks of `machine` mounted, as a live system would. */
async function fromOutside(machine: Machine, ...args: readonly string[]): Promise<Ran> {
  const program = [process.execPath, `${machine.mount}${PRODUCT}/dist/hostcfg.js`];
  return machine.run([...program, ...args, "--root", machine.mount], { outside: true });
}

describe("--root DIR --chroot", () => {
  it("does from outside what apply does inside", async ({ machine }) => {
    const apply = ["apply", "--auto-approve", "--chroot", `${machine.mount}${STORY}/host.yaml`];
    await succeeded(fromOutside(machine, ...apply), apply);

    await expectEndState(machine);
  });

  it("takes back from a live system what was applied inside, and tells that the host comes up again", async ({
    machine,
  }) => {
    const sums = (): Promise<string> =>
      machine.must(
        "sh",
        "-c",
        "cd /boot/efi; find . -type f | sort | xargs sha256sum; readlink /boot/vmlinuz",
      );
    const [boot, before] = [playBoot(machine), await sums()];
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(playBoot(machine)).not.toEqual(boot);

    const check = await fromOutside(machine, "check");
    expect(check).toMatchObject({ exitCode: 0 });
    expect(check.stdout).toContain("5.3.0-acso");
    expect((await fromOutside(machine, "history")).stdout).toMatch(/^0001 .*applied/m);
    const undo = ["undo", "--auto-approve", "--chroot"];
    await succeeded(fromOutside(machine, ...undo), undo);

    expect(playBoot(machine)).toEqual(boot);
    expect(await sums()).toBe(before);
    expect(await fromOutside(machine, "check")).toMatchObject({ exitCode: 0 });
    expect((await hostcfg(machine, "history")).stdout).toMatch(/^0001 .*undone/m);
  });
});
