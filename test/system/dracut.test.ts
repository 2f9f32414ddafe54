import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import { OLDER, bootGrub, playGrub, write, writeSpec } from "./rig/grub.ts";
import { HOSTCFG, STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import { addVfioModule } from "./rig/modules.ts";
import { ESP, bootSystemdBoot, letHooksFindTheEsp, playBootctl } from "./rig/systemd-boot.ts";
import { FIRST_BOOT_MS } from "./rig/suites.ts";
import { trace } from "./rig/trace.ts";

const INITRD = `/boot/initrd.img-${OLDER}`;
const MODPROBE = "/etc/modprobe.d/hostcfg-vfio.conf";
const SPEC = `apiVersion: hostcfg/v1
devices:
  vm-gpu: { id: "10de:2206" }
kernel:
  release: ${OLDER}
kernelOptions:
  present: [iommu=pt]
vfio:
  devices: [vm-gpu]
`;

async function planOf(machine: Machine): Promise<Plan> {
  return JSON.parse((await hostcfg(machine, "plan", "--json")).stdout) as Plan;
}

const names = async (machine: Machine, initrd = INITRD): Promise<readonly string[]> =>
  (await machine.must("lsinitrd", initrd)).split("\n").map((line) => line.split(" ").at(-1) ?? "");

/** SUITE=forky is Debian 14: no release yet, so what it has changes from day to day and may be broken on one of them. */
const SUITE = process.env["SUITE"] ?? "trixie";

// One machine: each test goes on where the one before it ended.
describe(`Debian ${SUITE} with dracut and GRUB, by the real programs`, () => {
  let machine: Machine;
  let boot: unknown;
  const kept = [
    "/etc/default/grub",
    "/etc/default/grub.d",
    "/etc/modprobe.d",
    "/etc/dracut.conf.d",
    "/boot/grub",
  ];
  beforeAll(async () => {
    machine = await bootGrub(SUITE, "dracut");
    await addVfioModule(machine, OLDER, "kernel/drivers/vfio/pci/vfio-pci.ko");
    await machine.must("depmod", OLDER);
    await writeSpec(machine, SPEC);
    boot = playGrub(machine);
    for (const path of kept) await machine.must("cp", "-a", "--parents", path, "/root");
  }, FIRST_BOOT_MS);
  afterAll(async () => {
    await machine.discard();
  });

  it("is planned without a write, with files that dracut reads and a run of dracut", async () => {
    const { mutations } = await trace(machine, [...HOSTCFG, "plan"], { cwd: STORY });
    expect(mutations.map(({ text }) => text)).toEqual([]);
    const { steps, changes } = await planOf(machine);
    expect(changes.map(({ address }) => address)).toContain("vfio.vm-gpu");
    const paths = steps.flatMap((step) => (step.kind === "exec" ? [] : [step.path]));
    expect(paths).toContain("/etc/dracut.conf.d/95-hostcfg-vfio.conf");
    expect(paths.filter((path) => path.includes("initramfs-tools"))).toEqual([]);
    expect(steps.flatMap((step) => (step.kind === "exec" ? [step.argv.join(" ")] : []))).toContain(
      `dracut --force ${INITRD} ${OLDER}`,
    );
  });

  it("has the driver, its ids and what loads it before udev in the initrd, which one rename brought", async () => {
    const inode = await machine.must("stat", "-c", "%i", INITRD);
    await mustHostcfg(machine, "apply", "--auto-approve");
    const inside = await names(machine);
    expect(inside).toContain(MODPROBE.slice(1));
    expect(inside.filter((name) => name.endsWith("/vfio-pci.ko"))).toHaveLength(1);
    expect(await machine.must("lsinitrd", "-f", "etc/cmdline.d/20-force_drivers.conf", INITRD)).toContain(
      "rd.driver.pre=vfio_pci",
    );
    expect(await machine.must("lsinitrd", "-f", MODPROBE.slice(1), INITRD)).toContain(
      "options vfio-pci ids=10de:2206,10de:1aef",
    );
    expect(await machine.must("stat", "-c", "%i", INITRD)).not.toBe(inode);
    expect(await machine.must("stat", "-c", "%a", INITRD)).toBe("600\n");
    expect(await machine.must("ls", "-A", "/boot")).not.toContain(".hostcfg-");
    expect(await machine.must("ls", "-A", "/var/lib/hostcfg/programs")).toBe("");
  });

  it("leaves nothing to change", async () => {
    expect((await mustHostcfg(machine, "plan", "--detailed-exitcode")).stdout).toContain("No changes.");
    const { mutations } = await trace(machine, [...HOSTCFG, "apply", "--auto-approve"], { cwd: STORY });
    expect(mutations.map(({ text }) => text)).toEqual([]);
  });

  it("is verified after the reboot: the release and the option", async () => {
    const started = playGrub(machine);
    expect(started.release).toBe(OLDER);
    await machine.powerOff();
    await machine.powerOn(started);
    const { stdout } = await hostcfg(machine, "verify");
    expect(stdout).toMatch(/satisfied +kernel\.release/);
    expect(stdout).toMatch(/satisfied +kernelOptions\.iommu/);
  });

  it("is undone to the byte, and the initrd binds nothing any more", async () => {
    await mustHostcfg(machine, "undo", "--auto-approve");
    for (const path of kept) await machine.must("diff", "-r", `/root${path}`, path);
    expect((await names(machine)).filter((name) => /hostcfg|vfio|force_drivers/.test(name))).toEqual([]);
    expect(playGrub(machine)).toEqual(boot);
  });

  it.each([
    {
      makes: "cuts its image off",
      by: "/usr/local/sbin/dracut",
      text: '#!/bin/sh\n/usr/bin/dracut "$@" && for one do case $one in /boot/*) truncate -s -4000 "$one" ;; esac; done\n',
      said: /hostcfg: the new initrd cannot be read to its end/,
    },
    {
      makes: "leaves vfio-pci out, without a word",
      by: "/usr/local/sbin/dracut",
      text: '#!/bin/sh\nmkdir -p /run/none; exec /usr/bin/dracut --confdir /run/none "$@"\n',
      said: /hostcfg: the new initrd was made without .*vfio/,
    },
  ])("keeps the old initrd where dracut ends well and $makes", async ({ by, text, said }) => {
    const before = await machine.must("sha256sum", INITRD);
    await write(machine, by, text);
    await machine.must("chmod", "755", by);
    const failed = await hostcfg(machine, "apply", "--auto-approve");
    await machine.must("rm", by);
    expect(failed.exitCode, failed.stdout + failed.stderr).toBe(1);
    expect(failed.stderr).toMatch(said);
    expect(failed.stderr).toContain(`: ${INITRD} stays as it was`);
    expect(await machine.must("sha256sum", INITRD)).toBe(before);
    expect(await machine.must("ls", "-A", "/boot")).not.toContain(".hostcfg-");
  });

  it("keeps the old initrd where the disk gets full, which dracut alone would have removed", async () => {
    const before = await machine.must("sha256sum", INITRD);
    // dracut runs what stands there as its own shell's.
    const fill = "fallocate -l $(($(df --output=avail -k / | tail -n 1) - 2000))K /root/fill";
    await write(machine, "/etc/dracut.conf.d/zz-fill.conf", `${fill}\n`);
    await machine.must("mount", "-t", "tmpfs", "tmpfs", "/var/tmp");
    const failed = await hostcfg(machine, "apply", "--auto-approve");
    await machine.must("sh", "-c", "rm /root/fill /etc/dracut.conf.d/zz-fill.conf; umount /var/tmp");
    expect(failed.exitCode, failed.stdout + failed.stderr).toBe(1);
    expect(failed.stderr).toContain("dracut exited with 1");
    expect(await machine.must("sha256sum", INITRD)).toBe(before);
    expect(await machine.must("ls", "-A", "/boot")).not.toContain(".hostcfg-");
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect((await planOf(machine)).changes).toEqual([]);
  });
});

// One machine: each test goes on where the one before it ended.
describe(`Debian ${SUITE} with dracut and systemd-boot, by the real programs`, () => {
  const ENTRY = `${ESP}/loader/entries/debian-${OLDER}.conf`;
  const COPY = `${ESP}/debian/${OLDER}/initrd.img-${OLDER}`;
  const kept = ["/etc/kernel", "/etc/modprobe.d", "/etc/dracut.conf.d", `${ESP}/loader`];
  let machine: Machine;
  let boot: unknown;
  const initrdsNamed = (): readonly string[] =>
    [...machine.readText(ENTRY).matchAll(/^initrd\s+(\S+)/gm)].map(([, path = ""]) => path);

  beforeAll(async () => {
    machine = await bootSystemdBoot(SUITE, "dracut");
    await letHooksFindTheEsp(machine);
    await addVfioModule(machine, OLDER, "kernel/drivers/vfio/pci/vfio-pci.ko");
    await writeSpec(machine, SPEC);
    boot = await playBootctl(machine);
    for (const path of kept) await machine.must("cp", "-a", "--parents", path, "/root");
  }, FIRST_BOOT_MS);
  afterAll(async () => {
    await machine.discard();
  });

  it("has entries with an initrd that dracut's own part of kernel-install makes, before 262 beside that of /boot", () => {
    const own = `/debian/${OLDER}/initrd`;
    expect(initrdsNamed()).toEqual(SUITE === "forky" ? [own] : [own, `/debian/${OLDER}/initrd.img-${OLDER}`]);
  });

  it("is applied: one initrd, which binds, on the ESP as in /boot", async () => {
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(initrdsNamed()).toEqual([`/debian/${OLDER}/initrd.img-${OLDER}`]);
    await machine.must("cmp", INITRD, COPY);
    const inside = await names(machine);
    expect(inside).toContain(MODPROBE.slice(1));
    expect(inside.filter((name) => name.endsWith("/vfio-pci.ko"))).toHaveLength(1);
  });

  it("leaves nothing to change, and is verified after the reboot", async () => {
    expect((await mustHostcfg(machine, "plan", "--detailed-exitcode")).stdout).toContain("No changes.");
    const started = await playBootctl(machine);
    expect([started.release, started.cmdline]).toEqual([OLDER, expect.stringContaining("iommu=pt")]);
    await machine.powerOff();
    await machine.powerOn(started);
    const { stdout } = await hostcfg(machine, "verify");
    expect(stdout).toMatch(/satisfied +kernel\.release/);
    expect(stdout).toMatch(/satisfied +kernelOptions\.iommu/);
  });

  it("is undone to the byte, and what its entry names on the ESP binds nothing any more", async () => {
    await mustHostcfg(machine, "undo", "--auto-approve");
    for (const path of kept) await machine.must("diff", "-r", "--exclude=random-seed", `/root${path}`, path);
    for (const initrd of [INITRD, ...initrdsNamed().map((path) => ESP + path)])
      expect(
        (await names(machine, initrd)).filter((name) => /hostcfg|vfio|force_drivers/.test(name)),
      ).toEqual([]);
    expect(await playBootctl(machine)).toEqual(boot);
  });
});
