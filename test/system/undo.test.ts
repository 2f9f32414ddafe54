import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OLDER, bootGrub, playGrub, writeSpec } from "./rig/grub.ts";
import { hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import { playBoot } from "./rig/loader.ts";
import type { Machine } from "./rig/machine.ts";
import { bootStory } from "./rig/machines.ts";

const SPEC = `apiVersion: hostcfg/v1
kernel:
  release: ${OLDER}
kernelOptions:
  present: [iommu=pt, 'dyndbg="file drivers/pci/* +p"']
  absent: [quiet]
`;

// One machine: each test goes on where the one before it ended.
describe("a Debian host that boots by GRUB, with the real update-grub", () => {
  let machine: Machine;
  let boot: unknown;
  beforeAll(async () => {
    machine = await bootGrub();
    await writeSpec(machine, SPEC);
    boot = playGrub(machine);
    await machine.must("cp", "-a", "/etc/default", "/root/default");
    await machine.must("cp", "-a", "/boot/grub", "/root/grub");
    await mustHostcfg(machine, "apply", "--auto-approve");
  });
  afterAll(async () => {
    await machine.discard();
  });

  it("lists the apply, for root alone", async () => {
    expect(playGrub(machine).release).toBe(OLDER);
    expect((await hostcfg(machine, "history")).stdout).toMatch(/^0001 .* root {2}applied/);
    expect(await machine.must("stat", "-c", "%a", "/var/lib/hostcfg/journal")).toContain("700");
  });

  it("is put back to the byte, and boots next what it did before", async () => {
    await mustHostcfg(machine, "undo", "--auto-approve");
    await machine.must("cmp", "/root/default/grub", "/etc/default/grub");
    await machine.must("diff", "-r", "/root/default", "/etc/default");
    await machine.must("cmp", "/root/grub/grub.cfg", "/boot/grub/grub.cfg");
    expect(await machine.must("stat", "-c", "%a %U %G", "/boot/grub/grub.cfg")).toBe(
      await machine.must("stat", "-c", "%a %U %G", "/root/grub/grub.cfg"),
    );
    expect(playGrub(machine)).toEqual(boot);
  });

  it("makes the same menu of these settings that was put back", async () => {
    await machine.must("update-grub");
    await machine.must("cmp", "/root/grub/grub.cfg", "/boot/grub/grub.cfg");
  });

  it("has nothing left to undo", async () => {
    expect(await hostcfg(machine, "undo", "1", "--auto-approve")).toMatchObject({ exitCode: 0 });
    expect(await hostcfg(machine, "undo", "--auto-approve")).toMatchObject({ exitCode: 1 });
  });

  it("is not undone over a change that somebody made since", async () => {
    await mustHostcfg(machine, "apply", "--auto-approve");
    await machine.must("sh", "-c", "echo GRUB_TIMEOUT=9 >> /etc/default/grub");
    const refused = await hostcfg(machine, "undo", "--auto-approve");
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toContain("undo-moved-on");
    expect(refused.stdout).toContain("/etc/default/grub");
  });
});

describe("a host with kernelstub, with the real dpkg", () => {
  const KERNEL = "linux-image-5.3.0-acso";
  let machine: Machine;
  let boot: unknown;
  let esp: string;
  const sums = (): Promise<string> =>
    machine.must("sh", "-c", "cd /boot/efi; find . -type f | sort | xargs sha256sum");
  beforeAll(async () => {
    machine = await bootStory();
    boot = playBoot(machine);
    esp = await sums();
    await mustHostcfg(machine, "apply", "--auto-approve");
  });
  afterAll(async () => {
    await machine.discard();
  });

  it("is told first which packages would go", async () => {
    const { stdout } = await hostcfg(machine, "undo", "--packages", "--plan-only");
    expect(stdout).toMatch(/ remove .*linux-image-5\.3\.0-acso/);
  });

  it("loses the packages that the apply installed, and boots what it did before", async () => {
    await mustHostcfg(machine, "undo", "--packages", "--auto-approve");
    expect(playBoot(machine)).toEqual(boot);
    expect(
      await machine.must("sh", "-c", `dpkg-query -W -f '\${db:Status-Status}' ${KERNEL} || true`),
    ).not.toBe("installed");
    expect(await machine.must("dpkg", "--audit")).toBe("");
    expect(await machine.must("sh", "-c", "ls /boot | grep -c acso || true")).toBe("0\n");
    expect(await sums()).toBe(esp);
  });

  it("has nothing left to undo then, and can be given the same again", async () => {
    expect(await hostcfg(machine, "undo", "1", "--packages", "--auto-approve")).toMatchObject({
      exitCode: 0,
    });
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(playBoot(machine).release).toBe("5.3.0-acso");
  });
});
