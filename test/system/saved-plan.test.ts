import { describe, expect } from "vitest";
import { hostcfg } from "./rig/hostcfg.ts";
import { playBoot } from "./rig/loader.ts";
import { it } from "./rig/machines.ts";
import { differences, manifestOf } from "./rig/manifest.ts";

describe("a saved plan", () => {
  it("is applied as it was saved, without a question", async ({ machine }) => {
    expect(await hostcfg(machine, "plan", "--out", "plan.json")).toMatchObject({ exitCode: 0 });

    expect(await hostcfg(machine, "apply", "plan.json")).toMatchObject({ exitCode: 0 });
    expect(playBoot(machine).release).toBe("5.3.0-acso");
  });

  it.for([
    {
      moved: "a kernel came to /boot that would boot next",
      by: "cd /boot; cp vmlinuz-5.3.0-7625-generic vmlinuz-5.4.0-1; cp initrd.img-5.3.0-7625-generic initrd.img-5.4.0-1; kernelstub --verbose",
      named: /5\.4\.0-1/,
    },
    {
      moved: "a kernel option was edited",
      by: "sed -i s/loglevel=0/loglevel=4/ /etc/kernelstub/configuration",
      named: /\/etc\/kernelstub\/configuration/,
    },
    {
      moved: "a link was moved",
      by: "ln -sfn vmlinuz-5.3.0-none /boot/vmlinuz",
      named: /bootSymlinks\.\/boot\/vmlinuz was vmlinuz-5\.3\.0-7625-generic and is now vmlinuz-5\.3\.0-none/,
    },
  ])("is refused, and nothing written, when $moved", async ({ by, named }, { machine }) => {
    await hostcfg(machine, "plan", "--out", "plan.json");
    await machine.must("sh", "-c", by);
    const before = manifestOf(machine);

    const { exitCode, stderr } = await hostcfg(machine, "apply", "plan.json");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("stale");
    expect(stderr).toMatch(named);
    expect(differences(before, manifestOf(machine))).toEqual([]);
  });
});
