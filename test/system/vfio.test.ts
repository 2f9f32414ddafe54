import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import { OLDER, bootGrub, write, writeSpec } from "./rig/grub.ts";
import { HOSTCFG, STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import { addVfioModule } from "./rig/modules.ts";
import { trace } from "./rig/trace.ts";

const SPEC = `apiVersion: hostcfg/v1
devices:
  vm-gpu: { id: "10de:2206" }
kernel:
  release: ${OLDER}
vfio:
  devices: [vm-gpu]
`;
const INITRD = `/boot/initrd.img-${OLDER}`;

async function planOf(machine: Machine): Promise<Plan> {
  return JSON.parse((await hostcfg(machine, "plan", "--json")).stdout) as Plan;
}

// One machine: each test goes on where the one before it ended.
describe("a device for a virtual machine, with the real update-initramfs", () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootGrub();
    await addVfioModule(machine, OLDER, "kernel/drivers/vfio/pci/vfio-pci.ko");
    await writeSpec(machine, SPEC);
  });
  afterAll(async () => {
    await machine.discard();
  });

  it("is planned without a write", async () => {
    const { mutations } = await trace(machine, [...HOSTCFG, "plan"], { cwd: STORY });
    expect(mutations.map(({ text }) => text)).toEqual([]);
    expect((await planOf(machine)).changes.map(({ address }) => address)).toContain("vfio.vm-gpu");
  });

  it("has the driver, its ids and the drivers that wait for it in the initrd", async () => {
    await mustHostcfg(machine, "apply", "--auto-approve");
    const names = (await machine.must("lsinitramfs", INITRD)).split("\n");
    expect(names).toContain("etc/modprobe.d/hostcfg-vfio.conf");
    expect(names.filter((name) => name.endsWith("/vfio-pci.ko"))).toHaveLength(1);
    await machine.must("unmkinitramfs", INITRD, "/tmp/initrd");
    expect(await machine.must("cat", "/tmp/initrd/conf/modules")).toContain("vfio_pci");
    expect(await machine.must("cat", "/tmp/initrd/etc/modprobe.d/hostcfg-vfio.conf")).toContain(
      "options vfio-pci ids=10de:2206,10de:1aef",
    );
  });

  it("is left alone by a second apply, and waits for the reboot", async () => {
    const { mutations } = await trace(machine, [...HOSTCFG, "apply", "--auto-approve"], { cwd: STORY });
    expect(mutations.map(({ text }) => text)).toEqual([]);
    expect((await hostcfg(machine, "verify")).exitCode).toBe(3);
  });

  it("is seen when an initrd was made without it", async () => {
    await machine.must("mv", "/etc/initramfs-tools/hooks/hostcfg-vfio", "/root/hook");
    await machine.must("update-initramfs", "-u", "-k", OLDER);
    await machine.must("mv", "/root/hook", "/etc/initramfs-tools/hooks/hostcfg-vfio");
    const { changes } = await planOf(machine);
    expect(changes.find(({ address }) => address === "vfio.vm-gpu")?.reason).toContain(
      "made without vfio-pci",
    );
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect((await planOf(machine)).changes).toEqual([]);
  });

  it("is tied by address, before udev comes, where the sound driver is inside of the kernel", async () => {
    await machine.must(
      "sh",
      "-c",
      `echo kernel/sound/pci/hda/snd-hda-intel.ko >>/lib/modules/${OLDER}/modules.builtin`,
    );
    await mustHostcfg(machine, "apply", "--auto-approve");
    await machine.must("rm", "-r", "/tmp/initrd");
    await machine.must("unmkinitramfs", INITRD, "/tmp/initrd");
    const order = await machine.must("cat", "/tmp/initrd/scripts/init-top/ORDER");
    const scripts = [...order.matchAll(/^\/scripts\/init-top\/(\S+)/gm)].map(([, name]) => name);
    expect(scripts).toContain("hostcfg-vfio");
    if (scripts.includes("udev"))
      expect(scripts.indexOf("hostcfg-vfio")).toBeLessThan(scripts.indexOf("udev"));
    expect((await machine.run(["test", "-e", "/etc/modprobe.d/hostcfg-vfio.conf"])).exitCode).toBe(1);
    expect((await planOf(machine)).changes).toEqual([]);
  });

  it("is tied by a script that any sh takes, and that leaves another card alone", async () => {
    const script = "/etc/initramfs-tools/scripts/init-top/hostcfg-vfio";
    await machine.must("sh", "-n", script);
    const sys = "/tmp/sys/bus/pci";
    const device = async (address: string, vendor: string, id: string): Promise<void> => {
      await machine.must("mkdir", "-p", `${sys}/devices/${address}`, `${sys}/drivers/vfio-pci`);
      for (const [name, text] of [
        ["vendor", vendor],
        ["device", id],
        ["driver_override", "(null)"],
      ] as const)
        await write(machine, `${sys}/devices/${address}/${name}`, `${text}\n`);
    };
    await device("0000:0d:00.0", "0x10de", "0x2206");
    await device("0000:0d:00.1", "0x8086", "0x1533");
    await machine.must("sh", "-c", `sed 's|/sys/|/tmp/sys/|g' ${script} >/tmp/tie && sh /tmp/tie`);
    expect(machine.readText(`${sys}/devices/0000:0d:00.0/driver_override`)).toBe("vfio-pci\n");
    expect(machine.readText(`${sys}/devices/0000:0d:00.1/driver_override`)).toBe("(null)\n");
  });

  it("is given back once the list is empty: nothing of hostcfg's is left in the initrd", async () => {
    await writeSpec(
      machine,
      `apiVersion: hostcfg/v1\nkernel: { release: ${OLDER} }\nvfio: { devices: [] }\n`,
    );
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(await machine.must("lsinitramfs", INITRD)).not.toContain("hostcfg");
    expect((await planOf(machine)).changes).toEqual([]);
  });
});
