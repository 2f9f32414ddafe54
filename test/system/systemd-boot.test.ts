import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/model.ts";
import { NEWER, OLDER, install, write, writeSpec } from "./rig/grub.ts";
import { HOSTCFG, STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import { bootSystemdBoot, playBootctl } from "./rig/systemd-boot.ts";
import { trace } from "./rig/trace.ts";

const SPEC = `apiVersion: hostcfg/v1
kernel:
  release: ${OLDER}
kernelOptions:
  present:
    - iommu=pt
    - 'dyndbg="file drivers/pci/* +p"'
  absent: [quiet]
`;

async function planOf(machine: Machine): Promise<Plan> {
  return JSON.parse((await hostcfg(machine, "plan", "--json")).stdout) as Plan;
}

function promised(boot: Plan["nextBoot"]["after"]): unknown {
  if (!boot.known) return boot.why;
  const { release, initrd, options } = boot.value;
  const path = initrd.replace("/boot/efi", "").replaceAll("/", "\\");
  return { release: release.known ? release.value : release.why, cmdline: `initrd=${path} ${options}` };
}

async function real(machine: Machine): Promise<unknown> {
  const { release, cmdline } = await playBootctl(machine);
  return { release, cmdline };
}

// One machine from the first plan on: each test goes on where the one before it ended.
describe("a Debian host that boots by systemd-boot, with the real bootctl and kernel-install", () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootSystemdBoot();
    await writeSpec(machine, SPEC);
  });
  afterAll(async () => {
    await machine.discard();
  });

  it("is read truly: what the plan says of the next boot is what bootctl says", async () => {
    const { nextBoot, host } = await planOf(machine);
    expect(host.bootLoader).toEqual({ known: true, value: "systemd-boot" });
    expect((await playBootctl(machine)).release).toBe(NEWER);
    expect(promised(nextBoot.before)).toEqual(await real(machine));
  });

  it("is planned without a write", async () => {
    const { mutations } = await trace(machine, [...HOSTCFG, "plan"], { cwd: STORY });
    expect(mutations.map(({ text }) => text)).toEqual([]);
  });

  it("starts after apply what the plan has promised, to the last option", async () => {
    const { nextBoot } = await planOf(machine);
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(promised(nextBoot.after)).toEqual(await real(machine));
    expect((await playBootctl(machine)).release).toBe(OLDER);
  });

  it("has nothing to do then, and a second apply writes nothing", async () => {
    expect((await planOf(machine)).changes).toEqual([]);
    const { ran, mutations } = await trace(machine, [...HOSTCFG, "apply", "--auto-approve"], { cwd: STORY });
    expect(ran.exitCode).toBe(0);
    expect(mutations.map(({ text }) => text)).toEqual([]);
  });

  it("is as declared after the reboot", async () => {
    const started = await playBootctl(machine);
    expect((await hostcfg(machine, "verify")).exitCode).toBe(3);
    await machine.powerOff();
    await machine.powerOn(started);
    const { exitCode, stdout } = await hostcfg(machine, "verify");
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
  });

  it("keeps the pinned kernel when dpkg brings a newer one, whose entry has the declared options too", async () => {
    await install(machine, "6.1.0-99-amd64");
    expect((await playBootctl(machine)).release).toBe(OLDER);
    expect(machine.readText("/boot/efi/loader/entries/debian-6.1.0-99-amd64.conf")).toContain("iommu=pt");
    expect((await planOf(machine)).changes).toEqual([]);
  });

  it("keeps the pinned kernel and its options when its initrd is made anew", async () => {
    await machine.must("update-initramfs", "-u", "-k", OLDER);
    expect((await playBootctl(machine)).release).toBe(OLDER);
    expect((await planOf(machine)).changes).toEqual([]);
  });

  it("has an initrd that is older than modprobe.d made anew, on the ESP as well", async () => {
    await write(machine, "/etc/modprobe.d/hostcfg-test.conf", "options vfio_pci disable_vga=1\n");
    const { steps, nextBoot } = await planOf(machine);
    expect(steps.map((step) => step.kind === "exec" && step.argv.slice(0, 2).join(" "))).toEqual([
      "update-initramfs -u",
      "kernel-install add",
    ]);
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(promised(nextBoot.after)).toEqual(await real(machine));
    const copy = `/boot/efi/debian/${OLDER}/initrd.img-${OLDER}`;
    expect(await machine.must("lsinitramfs", copy)).toContain("etc/modprobe.d/hostcfg-test.conf");
    expect((await planOf(machine)).changes).toEqual([]);
  });

  it("is told truly when the pinned kernel is removed: the plan refuses, and says what starts instead", async () => {
    await machine.must("dpkg", "--purge", `linux-image-${OLDER}`);
    const plan = await planOf(machine);
    expect(plan.diagnostics.map(({ code }) => code)).toContain("kernel-missing");
    expect(promised(plan.nextBoot.before)).toMatchObject({ release: "6.1.0-99-amd64" });
  });
});
