import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect } from "vitest";
import { writeSpec } from "./rig/grub.ts";
import { STORY, hostcfg } from "./rig/hostcfg.ts";
import { buildKernel } from "./rig/kernels.ts";
import { playBoot } from "./rig/loader.ts";
import type { Machine } from "./rig/machine.ts";
import { it } from "./rig/machines.ts";
import { storySpec } from "./rig/story.ts";

describe("an apply that fails", () => {
  it("does not believe a kernelstub that exits with 0 and does nothing", async ({ machine }) => {
    await writeSpec(machine, "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n");
    await machine.must("sh", "-c", "printf '#!/bin/sh\\nexit 0\\n' >/usr/bin/kernelstub");

    const { exitCode, stdout, stderr } = await hostcfg(machine, "apply", "--auto-approve");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("kernelstub succeeded, but its change is still open: kernelOptions.iommu");
    expect(stdout).not.toContain("Applied");
    expect(playBoot(machine).release).toBe("5.3.0-7625-generic");
  });

  it("shows the end of dpkg's output, names its log and leaves links and entry alone", async ({
    machine,
  }) => {
    await exchangeImage(machine, "#!/bin/sh\necho no room for this kernel >&2\nexit 3\n");
    const { exitCode, stderr } = await hostcfg(machine, "apply", "--auto-approve");

    expect(exitCode).toBe(1);
    expect(stderr).toContain("dpkg exited with 1");
    expect(stderr).toContain("no room for this kernel");
    const log = /\/var\/lib\/hostcfg\/\S+\.log/.exec(stderr)?.[0] ?? "(no log is named)";
    expect(machine.readText(log)).toContain("no room for this kernel");
    expect(await machine.must("readlink", "/boot/vmlinuz", "/boot/initrd.img")).toBe(
      "vmlinuz-5.3.0-7625-generic\ninitrd.img-5.3.0-7625-generic\n",
    );
    // The hooks of the package may have begun to overwrite what kernelstub's entry starts.
    expect(machine.readText("/boot/efi/loader/loader.conf")).toBe("default hostcfg-way-back*\n");
    expect(playBoot(machine).release).toBe("5.3.0-7625-generic");
  });
});

/** Puts an image package with another preinst script in the place of the good one, and the sums in the spec. */
async function exchangeImage(machine: Machine, preinst: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "hostcfg-bad-kernel-"));
  try {
    const { image, headers } = buildKernel("5.3.0-acso", scratch, { scripts: { preinst } });
    for (const deb of [image, headers]) await machine.put(deb, `${STORY}/debs/${basename(deb)}`);
    writeFileSync(join(scratch, "host.yaml"), storySpec([image, headers]));
    await machine.put(join(scratch, "host.yaml"), `${STORY}/host.yaml`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
