import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { install } from "./rig/grub.ts";
import { expectEndState } from "./rig/end-state.ts";
import { hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import { playBoot } from "./rig/loader.ts";
import type { Machine } from "./rig/machine.ts";
import { bootStory } from "./rig/machines.ts";

const PINNED = "5.3.0-acso";
const COPIES = `/boot/efi/EFI/hostcfg/${PINNED}`;
const NEWER = "6.9.0-1-generic";

// One machine: each test goes on where the one before it ended.
describe("a pinned kernel, among the real hooks of dpkg and update-initramfs", () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootStory();
    await mustHostcfg(machine, "apply", "--auto-approve");
  });
  afterAll(async () => {
    await machine.discard();
  });

  it("still boots next after its initrd was rebuilt, from copies as new as that", async () => {
    await machine.must("sh", "-c", "echo loop >>/etc/initramfs-tools/modules");
    await machine.must("update-initramfs", "-u", "-k", PINNED);
    await machine.must("cmp", `/boot/initrd.img-${PINNED}`, `${COPIES}/initrd.img`);
    await expectEndState(machine);
  });

  it("still boots next after kernelstub was run by hand", async () => {
    await machine.must("kernelstub", "--verbose");
    await expectEndState(machine);
  });

  it("still boots next after a newer kernel was installed, and the menu keeps another one to go back to", async () => {
    await install(machine, NEWER);
    await expectEndState(machine);
    const { stdout } = await hostcfg(machine, "plan", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      nextBoot: {
        before: { value: { release: { value: PINNED }, fallback: { value: "5.3.0-7625-generic" } } },
      },
    });
  });

  it("cannot be removed, and dpkg says why and what to do", async () => {
    const ran = await machine.run(["dpkg", "--remove", "--force-depends", `linux-image-${PINNED}`]);
    expect(ran.exitCode).not.toBe(0);
    expect(ran.stdout + ran.stderr).toContain("declare another kernel.release");
    await expectEndState(machine);
  });

  it("without its hooks is seen and brought back", async () => {
    await machine.must(
      "rm",
      "/etc/initramfs/post-update.d/zzz-hostcfg",
      "/etc/kernel/postinst.d/zzz-hostcfg",
    );
    await machine.must("sh", "-c", "echo dm-mod >>/etc/initramfs-tools/modules");
    await machine.must("update-initramfs", "-u", "-k", PINNED);
    const plan = await hostcfg(machine, "plan", "--detailed-exitcode");
    expect(plan.exitCode).toBe(2);
    expect(await hostcfg(machine, "verify")).toMatchObject({ exitCode: 2 });
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(playBoot(machine).release).toBe(PINNED);
    await expectEndState(machine);
  });
});
