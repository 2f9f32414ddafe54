import { describe, expect } from "vitest";
import { hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import { playBoot } from "./rig/loader.ts";
import { it } from "./rig/machines.ts";
import { differences, manifestOf } from "./rig/manifest.ts";

describe("a saved plan", () => {
  it("is applied as it was saved, without a question", async ({ machine }) => {
    await mustHostcfg(machine, "plan", "--out", "plan.json");

    await mustHostcfg(machine, "apply", "plan.json");
    expect(playBoot(machine).release).toBe("5.3.0-acso");
  });

  it.for([
    [
      "a kernel came to /boot that would boot next",
      "cd /boot; for f in vmlinuz initrd.img; do cp $f-5.3.0-7625-generic $f-5.4.0-1; done; kernelstub --verbose",
      /5\.4\.0-1/,
    ],
    [
      "a kernel option was edited",
      "sed -i s/loglevel=0/loglevel=4/ /etc/kernelstub/configuration",
      /\/etc\/kernelstub\/configuration|loglevel=4/,
    ],
    [
      "a link was moved",
      "ln -sfn vmlinuz-5.3.0-none /boot/vmlinuz",
      /bootSymlinks\.\/boot\/vmlinuz was vmlinuz-5\.3\.0-7625-generic and is now vmlinuz-5\.3\.0-none/,
    ],
  ] as const)("is refused by name, and nothing written, when %s", async ([, moving, named], { machine }) => {
    await hostcfg(machine, "plan", "--out", "plan.json");
    await machine.must("sh", "-c", moving);
    const before = manifestOf(machine);

    const { exitCode, stderr } = await hostcfg(machine, "apply", "plan.json");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("stale");
    expect(stderr).toMatch(named);
    expect(differences(before, manifestOf(machine))).toEqual([]);
  });
});
