import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newestFirst } from "../../src/boot/grub/kernel-order.ts";
import { parseMenu } from "../../src/boot/grub/menu-text.ts";
import { essenceOf } from "../../src/cmdline.ts";
import type { Plan } from "../../src/model/index.ts";
import { NEWER, OLDER, bootGrub, install, playGrub, write, writeSpec } from "./rig/grub.ts";
import { HOSTCFG, STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import { trace } from "./rig/trace.ts";

const SPEC = `apiVersion: hostcfg/v1
kernel:
  release: ${OLDER}
kernelOptions:
  present:
    - iommu=pt
    - 'dyndbg="file drivers/pci/* +p"'
    - "pci=disable_acs_redir=0000:00:1c.0;0000:00:1d.0"
    - "a=$(id>/root/pwned)\`id\`"
  absent: [quiet]
`;

/** Names that people and distributions give kernels. */
const RELEASES = [
  ...[
    "6.1.0-26-amd64",
    "6.1.0-9-amd64",
    "6.1.0-26-rt-amd64",
    "6.1.0-26-amd64.old",
    "6.1.0-26-amd64.bak",
    "6.1",
  ],
  ...["6.12.9+bpo-amd64", "6.12~rc4-amd64", "6.12-rc4", "6.8.0-45-generic", "6.8.0-acso", "6.8.12-10-pve"],
  ...[
    "6.6.0-x64v3-xanmod1",
    "6.16.3-76061603-generic",
    "5.10.0-0.bpo.3-amd64",
    "6.01.0",
    "6.1.0-trunk-amd64",
  ],
];

async function planOf(machine: Machine): Promise<Plan> {
  return JSON.parse((await hostcfg(machine, "plan", "--json")).stdout) as Plan;
}

/** What a plan says of a boot, and what GRUB itself would do. */
function promised(boot: Plan["nextBoot"]["after"]): unknown {
  if (!boot.known) return boot.why;
  const { release, kernel, initrd, options } = boot.value;
  return {
    release: release.known ? release.value : release.why,
    kernel,
    initrd,
    cmdline: `BOOT_IMAGE=${kernel} ${options}`,
  };
}

// One machine from the first plan to the removal of its kernel: each test goes on where the one before it ended.
describe("a Debian host that boots by GRUB, with the real update-grub", () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootGrub();
    await writeSpec(machine, SPEC);
  });
  afterAll(async () => {
    await machine.discard();
  });

  it("is read truly: what the plan says of the next boot is what GRUB would start", async () => {
    const { nextBoot, host } = await planOf(machine);
    expect(host.bootLoader).toEqual({ known: true, value: "grub" });
    expect(playGrub(machine).release).toBe(NEWER);
    expect(promised(nextBoot.before)).toEqual(playGrub(machine));
  });

  it("orders kernels as the installed program does, pair by pair", async () => {
    // GRUB 2.12 has one line for all of them in 10_linux; before, version_find_latest of the library is asked.
    const script = `. /usr/share/grub/grub-mkconfig_lib
line=$(grep '^reverse_sorted_list=' /etc/grub.d/10_linux) || line='reverse_sorted_list=$(version_find_latest $list)'
for a in $NAMES; do for b in $NAMES; do
  [ "$a" != "$b" ] || break
  list="/boot/vmlinuz-$a /boot/vmlinuz-$b"
  eval "$line"
  echo "$a $b $reverse_sorted_list" | head -n 1
done; done`;
    const stdout = await machine.must("env", `NAMES=${RELEASES.join(" ")}`, "sh", "-c", script);
    const pairs = stdout.trim().split("\n");
    const order = machine.readText("/etc/grub.d/10_linux").includes("reverse_sorted_list=")
      ? "sort-V-of-paths"
      : "dpkg";
    expect(pairs).toHaveLength((RELEASES.length * (RELEASES.length - 1)) / 2);
    for (const pair of pairs) {
      const [a = "", b = "", first] = pair.split(" ");
      expect(`/boot/vmlinuz-${newestFirst([a, b], order)[0] ?? ""}`, pair).toBe(first);
    }
  });

  it("is planned without a write, and without any program but the allowed queries", async () => {
    const { mutations, started } = await trace(machine, [...HOSTCFG, "plan"], { cwd: STORY });
    expect(mutations.map(({ text }) => text)).toEqual([]);
    expect(started.map(([program]) => program?.split("/").at(-1)).sort()).toEqual([
      "dpkg",
      "dpkg-query",
      "findmnt",
      "node",
    ]);
  });

  it("starts after apply what the plan has promised, to the last option", async () => {
    const { nextBoot } = await planOf(machine);
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(promised(nextBoot.after)).toEqual(playGrub(machine));
    expect(playGrub(machine).release).toBe(OLDER);
    expect(machine.readText("/etc/default/grub")).toContain('GRUB_CMDLINE_LINUX_DEFAULT="" # two\n');
    expect((await machine.run(["test", "-e", "/root/pwned"])).exitCode).toBe(1);
  });

  it("keeps the entry that it was started by, as GRUB itself can read it", async () => {
    const custom = machine.readText("/boot/grub/custom.cfg");
    const [entry] = parseMenu(custom).items;
    expect(entry).toMatchObject({
      id: "hostcfg-way-back",
      linux: `/boot/vmlinuz-${NEWER}`,
      initrd: `/boot/initrd.img-${NEWER}`,
    });
    const { stdout } = await machine.run(["cat", "/proc/cmdline"]);
    expect(entry?.kind === "entry" && essenceOf(entry.options.join(" "))).toBe(essenceOf(stdout.trim()));
    await machine.must("grub-script-check", "/boot/grub/custom.cfg");
    expect(machine.readText("/boot/grub/grub.cfg")).toMatch(/^ *source \S+\/custom\.cfg$/m);
  });

  it("has nothing to do then, and a second apply writes nothing", async () => {
    expect((await planOf(machine)).changes).toEqual([]);
    const { ran, mutations } = await trace(machine, [...HOSTCFG, "apply", "--auto-approve"], { cwd: STORY });
    expect(ran.exitCode).toBe(0);
    expect(mutations.map(({ text }) => text)).toEqual([]);
  });

  it("is as declared after the reboot", async () => {
    const started = playGrub(machine);
    expect((await hostcfg(machine, "verify")).exitCode).toBe(3);
    await machine.powerOff();
    await machine.powerOn(started);
    const { exitCode, stdout } = await hostcfg(machine, "verify");
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
  });

  it("has the pinned kernel's initrd made anew once modprobe.d has changed, and only then", async () => {
    const release = async (): Promise<string[]> =>
      (await planOf(machine)).steps.flatMap((step) => (step.kind === "exec" ? [step.argv.join(" ")] : []));
    // -u without a release makes the newest kernel's only: the other grows old.
    await write(machine, "/etc/modprobe.d/hostcfg-test.conf", "options vfio_pci disable_vga=1\n");
    await machine.must("update-initramfs", "-u");
    expect(await release()).toEqual([`update-initramfs -u -k ${OLDER}`]);
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(await machine.must("lsinitramfs", `/boot/initrd.img-${OLDER}`)).toContain(
      "etc/modprobe.d/hostcfg-test.conf",
    );
    expect(await release()).toEqual([]);
  });

  it("has the initrd made where it is missing, and a menu that names it", async () => {
    await machine.must("rm", `/boot/initrd.img-${OLDER}`);
    await machine.must("update-grub");
    const { nextBoot, changes } = await planOf(machine);
    expect(changes.map(({ address }) => address)).toEqual(["kernel.initrd", "kernel.release"]);
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(promised(nextBoot.after)).toEqual(playGrub(machine));
    expect(playGrub(machine).release).toBe(OLDER);
    expect((await planOf(machine)).changes).toEqual([]);
  });

  it("keeps the pinned kernel when dpkg brings a newer one", async () => {
    await install(machine, "6.1.0-99-amd64");
    expect(machine.readText("/boot/grub/grub.cfg")).toContain("6.1.0-99-amd64");
    expect(playGrub(machine).release).toBe(OLDER);
    expect((await planOf(machine)).changes).toEqual([]);
  });

  it("takes its options back, to the byte, once the spec has them no longer", async () => {
    await writeSpec(
      machine,
      `apiVersion: hostcfg/v1\nkernel: { release: ${OLDER} }\nkernelOptions: { present: [] }\n`,
    );
    const { nextBoot } = await planOf(machine);
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(promised(nextBoot.after)).toEqual(playGrub(machine));
    expect(playGrub(machine).cmdline).toMatch(/ ro crashkernel=192M$/);
  });

  it("is told truly when the pinned kernel is removed: the plan refuses, and says what starts instead", async () => {
    await machine.must("dpkg", "--purge", `linux-image-${OLDER}`);
    const plan = await planOf(machine);
    expect(plan.applyable).toBe(false);
    expect(plan.diagnostics.map(({ code }) => code)).toContain("kernel-missing");
    expect(promised(plan.nextBoot.before)).toEqual(playGrub(machine));
    expect(playGrub(machine).release).toBe("6.1.0-99-amd64");
  });
});
