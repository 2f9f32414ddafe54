import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Capture } from "../../src/host/capture.ts";
import type { Verification } from "../../src/model/index.ts";
import { bootArchGrub, packageOfDebians, playGrub } from "./rig/arch.ts";
import { write, writeSpec } from "./rig/grub.ts";
import { GUEST_INIT, RESULTS, runGuest } from "./rig/guest.ts";
import { mustHostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import { realKernel } from "./rig/real-kernel.ts";
import { FIRST_BOOT_MS } from "./rig/suites.ts";

/** The host's card, and the other one, each below a root port with ACS. */
const DEVICES = [
  ...["-device", "intel-iommu"],
  ...["-device", "nvme,drive=root,serial=root,addr=0x10"],
  ...["-device", "pcie-root-port,id=rp0,chassis=1,slot=0,addr=0x3.0,multifunction=on"],
  ...["-device", "pcie-root-port,id=rp1,chassis=2,slot=1,addr=0x3.1"],
  ...["-device", "bochs-display,bus=rp0", "-device", "cirrus-vga,bus=rp1"],
];
const IN_GUEST = "/opt/node /opt/hostcfg/dist/hostcfg.js";

// Debian has no mkinitcpio, and a stand-in's image boots nothing: MKINITCPIO says where the real one is (rig/arch.ts).
describe.skipIf(process.env["MKINITCPIO"] === undefined)(
  "a virtual machine, booted with mkinitcpio's image",
  () => {
    let machine: Machine;
    let release: string;
    beforeAll(async () => {
      const kernel = realKernel("cloud", "trixie");
      ({ release } = kernel);
      machine = await bootArchGrub();
      const own = { name: "linux-cloud", version: "6.12.1-1", release };
      await machine.must("pacman", "-U", "--noconfirm", await packageOfDebians(machine, own, kernel.deb));
      await machine.must("grub-mkconfig", "-o", "/boot/grub/grub.cfg");
      await machine.put(process.execPath, "/opt/node");
      await write(machine, "/sbin/hostcfg-guest", GUEST_INIT);
      await machine.must("chmod", "755", "/sbin/hostcfg-guest");
      await writeSpec(
        machine,
        `apiVersion: hostcfg/v1
devices:
  vm-gpu: { id: "1013:00b8" }
kernel:
  release: ${release}
kernelOptions:
  present: [intel_iommu=on, iommu=pt]
vfio:
  devices: [vm-gpu]
  bootDisplayAllowed: true
`,
      );
    }, FIRST_BOOT_MS);
    afterAll(async () => {
      await machine.discard();
    });

    async function boot(cmdline: string, command: string): Promise<void> {
      const { folder } = machine;
      await machine.must("rm", "-rf", RESULTS);
      await write(machine, `${RESULTS}/run`, `set -e\n${command}\n`);
      copyFileSync(machine.path("/boot/vmlinuz-linux-cloud"), join(folder, "vmlinuz"));
      copyFileSync(machine.path("/boot/initramfs-linux-cloud.img"), join(folder, "initrd.img"));
      await machine.powerOff();
      const [kernel, initrd] = [join(folder, "vmlinuz"), join(folder, "initrd.img")];
      const console = await runGuest({ folder, kernel, initrd, cmdline, devices: DEVICES });
      await machine.powerOn();
      expect(machine.readText(`${RESULTS}/exit`), console).toBe("0\n");
    }

    it("has the card bound to vfio-pci before anything else could take it, and verify is satisfied", async () => {
      const root = /^UUID=\S+(?=\s+\/\s)/m.exec(machine.readText("/etc/fstab"))?.[0] ?? "";
      await boot(
        `root=${root} ro intel_iommu=on iommu=pt`,
        `${IN_GUEST} capture host.yaml --out ${RESULTS}/capture.json`,
      );
      const shown = JSON.parse(readFileSync(machine.path(`${RESULTS}/capture.json`), "utf8")) as Capture;
      await machine.powerOff();
      await machine.powerOn({ release, cmdline: shown.paths["/proc/cmdline"]?.text ?? "", shown });
      await mustHostcfg(machine, "apply", "--auto-approve");

      const started = playGrub(machine);
      expect(started.release).toBe(release);
      await boot(started.cmdline, `${IN_GUEST} verify --json >${RESULTS}/verify.json`);
      const { findings } = JSON.parse(machine.readText(`${RESULTS}/verify.json`)) as Verification;
      expect(findings.filter(({ status }) => status !== "satisfied")).toEqual([]);
      expect(findings.map(({ address }) => address)).toContain("vfio.vm-gpu");
    });
  },
);
