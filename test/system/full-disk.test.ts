import { describe, expect } from "vitest";
import { expectEndState } from "./rig/end-state.ts";
import { STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import { playBoot } from "./rig/loader.ts";
import type { Machine } from "./rig/machine.ts";
import { it } from "./rig/machines.ts";
import { differences, manifestOf } from "./rig/manifest.ts";

describe("a full disk", () => {
  it("as the ESP is seen before kernelstub would overwrite the kernel in place", async ({ machine }) => {
    await machine.must("sh", "-c", `dpkg --install ${STORY}/debs/*.deb`);
    await fill(machine, "/boot/efi", 16);
    const before = manifestOf(machine);

    const { exitCode, stdout } = await hostcfg(machine, "apply", "--auto-approve");
    expect(stdout).toContain("error[esp-space]");
    expect(exitCode).toBe(1);
    expect(differences(before, manifestOf(machine))).toEqual([]);
  });

  it("as root leaves a host that boots, and the next apply with room finishes", async ({ machine }) => {
    // Enough for what the package brings, not for what update-initramfs needs to make it.
    await fill(machine, "/root", 8192);

    const { exitCode, stderr } = await hostcfg(machine, "apply", "--auto-approve");
    expect(stderr).toContain("No space left on device");
    expect(exitCode).toBe(1);
    expect(playBoot(machine).release).toBe("5.3.0-7625-generic");
    await machine.must("rm", "/root/fill");
    await mustHostcfg(machine, "apply", "--auto-approve");
    await expectEndState(machine);
  });
});

/** Leaves `kibibytes` free on the file system that holds the folder. */
async function fill(machine: Machine, folder: string, kibibytes: number): Promise<void> {
  const [, available = ""] = (await machine.must("df", "--output=avail", "-k", folder)).split("\n");
  await machine.must("fallocate", "-l", `${Number(available) - kibibytes}K`, `${folder}/fill`);
}
