import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Capture } from "../../src/host/capture.ts";
import type { Plan, Verification } from "../../src/model/index.ts";
import type { GroupsReport } from "../../src/plan/groups.ts";
import { bootGrub, writeSpec } from "./rig/grub.ts";
import { IN_GUEST, RESULTS, bootGuest, readyForGuests, rootOption } from "./rig/guest.ts";
import { hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import { realKernel } from "./rig/real-kernel.ts";

/** Two cards of one model, and a network card, each below a root port of its own; the ports have no ACS. */
const DEVICES = [
  ...["-device", "intel-iommu"],
  ...["-device", "nvme,drive=root,serial=root,addr=0x10"],
  ...["-device", "pcie-root-port,id=rp0,chassis=1,slot=0,addr=0x3.0,multifunction=on,disable-acs=on"],
  ...["-device", "pcie-root-port,id=rp1,chassis=2,slot=1,addr=0x3.1,disable-acs=on"],
  ...["-device", "pcie-root-port,id=rp2,chassis=3,slot=2,addr=0x3.2,disable-acs=on"],
  ...["-device", "bochs-display,bus=rp0", "-device", "bochs-display,bus=rp1"],
  ...["-device", "e1000e,bus=rp2", "-device", "e1000e,addr=0x11"],
];

const kernel = realKernel();

const SPEC = `apiVersion: hostcfg/v1
devices:
  host-gpu: { id: "1234:1111", path: "03.0/00.0" }
  vm-gpu: { id: "1234:1111", path: "03.1/00.0" }
kernel:
  release: ${kernel.release}
kernelOptions:
  present: [intel_iommu=on, iommu=pt]
vfio:
  devices: [vm-gpu]
iommuGroups:
  separate: [[host-gpu, vm-gpu]]
`;

// One machine, whose disk two guests boot from: each test goes on where the one before it ended.
describe("a virtual machine with an IOMMU, booted by the stock Debian kernel", () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootGrub();
    await machine.put(kernel.deb, "/tmp/kernel.deb");
    await machine.must("dpkg", "--install", "/tmp/kernel.deb");
    await readyForGuests(machine);
    await writeSpec(machine, SPEC);
  });
  afterAll(async () => {
    await machine.discard();
  });

  /** Boots the guest with what the machine's /boot holds now, and answers once it is off. */
  async function boot(options: string, commands: readonly string[]): Promise<void> {
    const [image, initrd] = [`/boot/vmlinuz-${kernel.release}`, `/boot/initrd.img-${kernel.release}`];
    const cmdline = `BOOT_IMAGE=${image} ${options}`;
    await bootGuest(machine, { kernel: image, initrd, cmdline, devices: DEVICES }, commands);
  }

  function result(name: string): unknown {
    return JSON.parse(machine.readText(`${RESULTS}/${name}`));
  }

  /** The kernel's own answer is the one that hostcfg had computed. */
  function expectPredicted({ current, predicted }: GroupsReport): void {
    const shape = (groups: readonly { readonly devices: readonly string[] }[]) =>
      groups.map(({ devices }) => [...devices].sort()).sort();
    if (!current.known || !predicted.known) throw new Error("not known");
    expect([predicted.confidence, predicted.missing]).toEqual(["exact", []]);
    expect(shape(predicted.groups)).toEqual(shape(current.groups));
    expect(current.groups.length).toBeGreaterThan(3);
  }

  function groupOf({ current }: GroupsReport, address: string): readonly string[] {
    return (
      (current.known ? current.groups : []).find(({ devices }) => devices.includes(address))?.devices ?? []
    );
  }

  it("shows there the groups that its kernel has made: without ACS, one for all ports and what is below them", async () => {
    await boot(`${rootOption(machine)} ro intel_iommu=on iommu=pt`, [
      `${IN_GUEST} groups --json --options "$(cat /proc/cmdline)" >${RESULTS}/groups.json`,
      `${IN_GUEST} capture host.yaml --out ${RESULTS}/capture.json`,
    ]);
    const report = result("groups.json") as GroupsReport;
    expectPredicted(report);
    expect(groupOf(report, "0000:02:00.0")).toEqual([
      "0000:00:03.0",
      "0000:00:03.1",
      "0000:00:03.2",
      "0000:01:00.0",
      "0000:02:00.0",
      "0000:03:00.0",
    ]);
  });

  it("is planned from what the guest showed, and made ready by the real update-initramfs and update-grub", async () => {
    const shown = JSON.parse(readFileSync(machine.path(`${RESULTS}/capture.json`), "utf8")) as Capture;
    await machine.powerOff();
    const cmdline = shown.paths["/proc/cmdline"]?.text ?? "";
    await machine.powerOn({ release: kernel.release, cmdline, shown });
    const plan = JSON.parse((await hostcfg(machine, "plan", "--json")).stdout) as Plan;
    expect(plan.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    // Both cards have one id: only the address can tell them apart.
    expect(plan.changes.find(({ address }) => address === "vfio.vm-gpu")?.after).toContain("by address");
    await mustHostcfg(machine, "apply", "--auto-approve");
  });

  it("has the card bound to vfio-pci after the reboot and its twin left to the host, and verify says what is met", async () => {
    const { nextBoot } = JSON.parse((await hostcfg(machine, "plan", "--json")).stdout) as Plan;
    if (!nextBoot.before.known) throw new Error(nextBoot.before.why);
    await boot(nextBoot.before.value.options, [
      `${IN_GUEST} groups --json --options "$(cat /proc/cmdline)" >${RESULTS}/groups.json`,
      `${IN_GUEST} verify --json >${RESULTS}/verify.json || test $? -eq 2`,
    ]);
    const { devices } = result("groups.json") as GroupsReport;
    expectPredicted(result("groups.json") as GroupsReport);
    if (!devices.known) throw new Error(devices.why);
    const driver = (address: string) => devices.value.find((one) => one.address === address)?.driver;
    expect([driver("0000:01:00.0"), driver("0000:02:00.0")]).toEqual([undefined, "vfio-pci"]);
    const { findings } = result("verify.json") as Verification;
    const status = (address: string) => findings.find((one) => one.address === address)?.status;
    expect([status("kernel.release"), status("vfio.vm-gpu")]).toEqual(["satisfied", "satisfied"]);
    expect(status("iommuGroups.separate[0]")).toBe("unsatisfied");
  });
});
