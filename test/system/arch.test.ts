import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import type { ArchKernel } from "./rig/arch.ts";
import {
  LAST_ZEN,
  NEXT_ZEN,
  PLAIN,
  ZEN,
  bootArchGrub,
  bootArchStatic,
  packageOf,
  playGrub,
  playStatic,
  putProgram,
  rebootArchStatic,
  upgrade,
} from "./rig/arch.ts";
import { writeSpec } from "./rig/grub.ts";
import { HOSTCFG, STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import { FIRST_BOOT_MS } from "./rig/suites.ts";
import { trace } from "./rig/trace.ts";

/** As upstream's reads only /etc/default/grub. */
const NO_DROP_INS = "s,/default/grub\\.d/,/default/none.d/,g";
const MODPROBE = "/etc/modprobe.d/hostcfg-vfio.conf";
const INITRD = `/boot/initramfs-${PLAIN.name}.img`;
const specOf = (release: string): string => `apiVersion: hostcfg/v1
devices:
  vm-gpu: { id: "10de:2206" }
kernel:
  release: ${release}
kernelOptions:
  present: [iommu=pt]
vfio:
  devices: [vm-gpu]
`;

/** Declares a kernel by a package of it, which is made. */
async function writeSpecOfFile(machine: Machine, kernel: ArchKernel): Promise<void> {
  const file = await packageOf(machine, kernel);
  const [sha256 = ""] = (await machine.must("sha256sum", file)).split(" ");
  const packages = `kernel:\n  packages: [{ file: ${basename(file)}, sha256: ${sha256} }]`;
  await writeSpec(machine, specOf(kernel.release).replace("kernel:", packages));
}

async function planOf(machine: Machine): Promise<Plan> {
  return JSON.parse((await hostcfg(machine, "plan", "--json")).stdout) as Plan;
}

/** The names in an initrd. */
async function inside(machine: Machine, initrd: string): Promise<readonly string[]> {
  return (await machine.must("lsinitramfs", initrd)).split("\n");
}

// One machine: each test goes on where the one before it ended.
describe("Arch with GRUB: pacman and grub-mkconfig are the real ones", () => {
  const kept = ["/etc/default", "/etc/modprobe.d", "/etc/mkinitcpio.conf", "/etc/mkinitcpio.d", "/boot/grub"];
  let machine: Machine;
  let boot: unknown;
  beforeAll(async () => {
    machine = await bootArchGrub();
    await writeSpec(machine, specOf(PLAIN.release));
    boot = playGrub(machine);
    for (const path of kept) await machine.must("cp", "-a", "--parents", path, "/root");
  }, FIRST_BOOT_MS);
  afterAll(async () => {
    await machine.discard();
  });

  it("is planned without a write, with what mkinitcpio reads and runs of mkinitcpio and grub-mkconfig", async () => {
    expect(boot).toMatchObject({ release: ZEN.release });
    const { mutations } = await trace(machine, [...HOSTCFG, "plan"], { cwd: STORY });
    expect(mutations.map(({ text }) => text)).toEqual([]);
    const { steps, changes, diagnostics } = await planOf(machine);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(changes.map(({ address }) => address)).toContain("vfio.vm-gpu");
    expect(steps.flatMap((step) => (step.kind === "exec" ? [step.argv.join(" ")] : []))).toEqual([
      `mkinitcpio --nopost --kernel ${PLAIN.release} --generate ${INITRD}`,
      "grub-mkconfig -o /boot/grub/grub.cfg",
    ]);
  });

  it("is applied: the driver and its ids are in the initrd, and GRUB starts the kernel with the option", async () => {
    await mustHostcfg(machine, "apply", "--auto-approve");
    const names = await inside(machine, INITRD);
    expect(names).toContain(MODPROBE.slice(1));
    expect(names.filter((name) => name.endsWith("/vfio-pci.ko"))).toHaveLength(1);
    const { release, cmdline, initrd } = playGrub(machine);
    expect([release, initrd]).toEqual([PLAIN.release, INITRD]);
    expect(cmdline.split(" ")).toContain("iommu=pt");
    expect(await machine.must("ls", "-A", "/boot")).not.toContain(".hostcfg-");
  });

  it("leaves nothing to change, and is verified after the reboot", async () => {
    expect((await mustHostcfg(machine, "plan", "--detailed-exitcode")).stdout).toContain("No changes.");
    const started = playGrub(machine);
    await machine.powerOff();
    await machine.powerOn(started);
    const { stdout } = await hostcfg(machine, "verify");
    expect(stdout).toMatch(/satisfied +kernel\.release/);
    expect(stdout).toMatch(/satisfied +kernelOptions\.iommu/);
  });

  it("stays as it is when pacman upgrades the other kernel", async () => {
    await upgrade(machine, NEXT_ZEN);
    await machine.must("grub-mkconfig", "-o", "/boot/grub/grub.cfg");
    expect(playGrub(machine)).toMatchObject({ release: PLAIN.release });
    expect((await mustHostcfg(machine, "plan", "--detailed-exitcode")).stdout).toContain("No changes.");
    await upgrade(machine, ZEN);
    await machine.must("grub-mkconfig", "-o", "/boot/grub/grub.cfg");
  });

  it("is undone to the byte, and the initrd binds nothing any more", async () => {
    await mustHostcfg(machine, "undo", "--auto-approve");
    for (const path of kept) await machine.must("diff", "-r", "--no-dereference", `/root${path}`, path);
    expect((await inside(machine, INITRD)).filter((name) => /hostcfg|vfio/.test(name))).toEqual([]);
    expect(playGrub(machine)).toEqual(boot);
  });

  it("has its settings in /etc/default/grub where grub-mkconfig reads no drop-ins", async () => {
    await machine.must("sed", "--in-place", NO_DROP_INS, "/usr/sbin/grub-mkconfig");
    await mustHostcfg(machine, "apply", "--auto-approve");
    await machine.must("test", "!", "-e", "/etc/default/grub.d/zz-hostcfg.cfg");
    const { release, cmdline } = playGrub(machine);
    expect([release, cmdline.split(" ").includes("iommu=pt")]).toEqual([PLAIN.release, true]);
    expect((await mustHostcfg(machine, "plan", "--detailed-exitcode")).stdout).toContain("No changes.");
    await mustHostcfg(machine, "undo", "--auto-approve");
    for (const path of kept) await machine.must("diff", "-r", "--no-dereference", `/root${path}`, path);
    expect(playGrub(machine)).toEqual(boot);
  });

  it("installs a kernel by its file, which pacman's hooks make the files of /boot for", async () => {
    await writeSpecOfFile(machine, NEXT_ZEN);
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(await machine.must("pacman", "-Q", NEXT_ZEN.name)).toBe(`${NEXT_ZEN.name} ${NEXT_ZEN.version}\n`);
    const { release, initrd } = playGrub(machine);
    expect([release, initrd]).toEqual([NEXT_ZEN.release, "/boot/initramfs-linux-zen.img"]);
    expect(await inside(machine, initrd)).toContain(MODPROBE.slice(1));
    expect((await mustHostcfg(machine, "plan", "--detailed-exitcode")).stdout).toContain("No changes.");
  });

  it("fails where a hook of pacman's did, though pacman ends well, and what boots is the other kernel", async () => {
    await writeSpecOfFile(machine, LAST_ZEN);
    await putProgram(machine, "/usr/local/bin/mkinitcpio", "#!/bin/sh\necho no room >&2; exit 1\n");
    const failed = await hostcfg(machine, "apply", "--auto-approve");
    await machine.must("rm", "/usr/local/bin/mkinitcpio");
    expect(failed.exitCode, failed.stdout).toBe(1);
    expect(failed.stderr).toContain("pacman succeeded, but left an initrd to be made");
    expect(failed.stderr).toContain(`A reboot now would start ${PLAIN.release}.`);
    expect(playGrub(machine)).toMatchObject({ release: PLAIN.release, initrd: INITRD });

    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(playGrub(machine)).toMatchObject({ release: LAST_ZEN.release });
    expect((await mustHostcfg(machine, "plan", "--detailed-exitcode")).stdout).toContain("No changes.");
  });
});

// One machine: each test goes on where the one before it ended.
describe("Arch with systemd-boot and entries of a person's: pacman and bootctl are the real ones", () => {
  const kept = ["/etc/modprobe.d", "/etc/mkinitcpio.conf", "/boot/loader"];
  let machine: Machine;
  let boot: unknown;
  beforeAll(async () => {
    machine = await bootArchStatic();
    await writeSpec(machine, specOf(PLAIN.release));
    boot = await playStatic(machine);
    for (const path of kept) await machine.must("cp", "-a", "--parents", path, "/root");
  }, FIRST_BOOT_MS);
  afterAll(async () => {
    await machine.discard();
  });

  it("is planned without a write, and applied: the driver is in the initrd, and the other entry boots with the option", async () => {
    expect(boot).toMatchObject({ release: ZEN.release });
    const { mutations } = await trace(machine, [...HOSTCFG, "plan"], { cwd: STORY });
    expect(mutations.map(({ text }) => text)).toEqual([]);
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(await inside(machine, INITRD)).toContain(MODPROBE.slice(1));
    const { release, cmdline } = await playStatic(machine);
    expect([release, cmdline.split(" ").includes("iommu=pt")]).toEqual([PLAIN.release, true]);
    await machine.must("test", "!", "-e", "/etc/kernel/cmdline");
  });

  it("leaves nothing to change, and is verified after the reboot", async () => {
    expect((await mustHostcfg(machine, "plan", "--detailed-exitcode")).stdout).toContain("No changes.");
    await rebootArchStatic(machine, await playStatic(machine));
    const { stdout } = await hostcfg(machine, "verify");
    expect(stdout).toMatch(/satisfied +kernel\.release/);
    expect(stdout).toMatch(/satisfied +kernelOptions\.iommu/);
  });

  it("stays as it is when pacman upgrades the other kernel", async () => {
    await upgrade(machine, NEXT_ZEN);
    expect(await playStatic(machine)).toMatchObject({ release: PLAIN.release });
    expect((await mustHostcfg(machine, "plan", "--detailed-exitcode")).stdout).toContain("No changes.");
    await upgrade(machine, ZEN);
  });

  it("is undone to the byte, and the initrd binds nothing any more", async () => {
    await mustHostcfg(machine, "undo", "--auto-approve");
    for (const path of kept) await machine.must("diff", "-r", "--exclude=random-seed", `/root${path}`, path);
    expect((await inside(machine, INITRD)).filter((name) => /hostcfg|vfio/.test(name))).toEqual([]);
    expect(await playStatic(machine)).toEqual(boot);
  });

  it("fails where a hook of pacman's did, though pacman ends well", async () => {
    await writeSpecOfFile(machine, LAST_ZEN);
    await putProgram(machine, "/usr/local/bin/mkinitcpio", "#!/bin/sh\necho no room >&2; exit 1\n");
    const failed = await hostcfg(machine, "apply", "--auto-approve");
    await machine.must("rm", "/usr/local/bin/mkinitcpio");
    expect(failed.exitCode, failed.stdout).toBe(1);
    expect(failed.stderr).toContain("pacman succeeded, but left an initrd to be made");
    expect(failed.stderr).toContain(`A reboot now would start ${PLAIN.release}.`);
    expect(await playStatic(machine)).toMatchObject({ release: PLAIN.release });

    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(await playStatic(machine)).toMatchObject({ release: LAST_ZEN.release });
    expect((await mustHostcfg(machine, "plan", "--detailed-exitcode")).stdout).toContain("No changes.");
  });
});
