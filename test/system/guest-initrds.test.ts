import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Capture } from "../../src/host/capture.ts";
import type { Verification } from "../../src/model/index.ts";
import { bootArchGrub, packageOfDebians, playGrub as playArchGrub } from "./rig/arch.ts";
import { bootGrub, playGrub, writeSpec } from "./rig/grub.ts";
import type { Loaded } from "./rig/grub.ts";
import { IN_GUEST, RESULTS, bootGuest, readyForGuests, rootOption } from "./rig/guest.ts";
import { mustHostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import { realKernel } from "./rig/real-kernel.ts";
import type { RealKernel } from "./rig/real-kernel.ts";
import { FIRST_BOOT_MS } from "./rig/suites.ts";

/** The host's card, and the other one, each below a root port with ACS. */
const DEVICES = [
  ...["-device", "intel-iommu"],
  ...["-device", "nvme,drive=root,serial=root,addr=0x10"],
  ...["-device", "pcie-root-port,id=rp0,chassis=1,slot=0,addr=0x3.0,multifunction=on"],
  ...["-device", "pcie-root-port,id=rp1,chassis=2,slot=1,addr=0x3.1"],
  ...["-device", "bochs-display,bus=rp0", "-device", "cirrus-vga,bus=rp1"],
];

interface Maker {
  readonly maker: string;
  /** A host with GRUB that has this kernel of Debian's. */
  readonly host: (kernel: RealKernel) => Promise<Machine>;
  readonly play: (machine: Machine) => Loaded;
  readonly files: (release: string) => Pick<Loaded, "kernel" | "initrd">;
}

const DRACUT: Maker = {
  maker: "dracut",
  host: async ({ deb }) => {
    const machine = await bootGrub("trixie", "dracut");
    // With this an image boots nothing (rig/base.ts).
    await machine.must("rm", "/etc/dracut.conf.d/rig.conf");
    await machine.put(deb, "/tmp/kernel.deb");
    await machine.must("dpkg", "--install", "/tmp/kernel.deb");
    return machine;
  },
  play: playGrub,
  files: (release) => ({ kernel: `/boot/vmlinuz-${release}`, initrd: `/boot/initrd.img-${release}` }),
};

const MKINITCPIO: Maker = {
  maker: "mkinitcpio",
  host: async ({ release, deb }) => {
    const machine = await bootArchGrub();
    const own = { name: "linux-cloud", version: "6.12.1-1", release };
    await machine.must("pacman", "-U", "--noconfirm", await packageOfDebians(machine, own, deb));
    await machine.must("grub-mkconfig", "-o", "/boot/grub/grub.cfg");
    return machine;
  },
  play: playArchGrub,
  files: () => ({ kernel: "/boot/vmlinuz-linux-cloud", initrd: "/boot/initramfs-linux-cloud.img" }),
};

/** Debian has no mkinitcpio, and a stand-in's image boots nothing: MKINITCPIO says where the real one is (rig/arch.ts). */
const MAKERS = process.env["MKINITCPIO"] === undefined ? [DRACUT] : [DRACUT, MKINITCPIO];

describe.each(MAKERS)("a virtual machine, booted with $maker's image", ({ host, play, files }) => {
  const kernel = realKernel("cloud", "trixie");
  const { release } = kernel;
  let machine: Machine;
  beforeAll(async () => {
    machine = await host(kernel);
    await readyForGuests(machine);
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
    await bootGuest(machine, { ...files(release), cmdline, devices: DEVICES }, [command]);
  }

  it("has the card bound to vfio-pci before anything else could take it, and verify is satisfied", async () => {
    await boot(
      `${rootOption(machine)} ro intel_iommu=on iommu=pt`,
      `${IN_GUEST} capture host.yaml --out ${RESULTS}/capture.json`,
    );
    const shown = JSON.parse(readFileSync(machine.path(`${RESULTS}/capture.json`), "utf8")) as Capture;
    await machine.powerOff();
    await machine.powerOn({ release, cmdline: shown.paths["/proc/cmdline"]?.text ?? "", shown });
    await mustHostcfg(machine, "apply", "--auto-approve");

    const started = play(machine);
    expect(started).toMatchObject({ release, ...files(release) });
    await boot(started.cmdline, `${IN_GUEST} verify --json >${RESULTS}/verify.json`);
    const { findings } = JSON.parse(machine.readText(`${RESULTS}/verify.json`)) as Verification;
    expect(findings.filter(({ status }) => status !== "satisfied")).toEqual([]);
    expect(findings.map(({ address }) => address)).toContain("vfio.vm-gpu");
  });
});
