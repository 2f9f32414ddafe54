import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
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

const VARIABLES = "/sys/firmware/efi/efivars";
/** EFI_GLOBAL_VARIABLE. */
const GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

/** EFI_LOAD_OPTION (UEFI specification 3.1.3) with one file path node. */
function loadOption(description: string, file: string): Buffer {
  const text = (value: string): Buffer => Buffer.from(`${value}\0`, "utf16le");
  const path = text(file);
  const node = Buffer.concat([Buffer.from([4, 4, path.length + 4, 0]), path]);
  const list = Buffer.concat([node, Buffer.from([0x7f, 0xff, 4, 0])]);
  return Buffer.concat([Buffer.from([1, 0, 0, 0, list.length, 0]), text(description), list]);
}

/** As efivarfs shows it: attributes, then the value. */
async function writeVariable(machine: Machine, name: string, value: Buffer): Promise<void> {
  const bytes = Buffer.concat([Buffer.from([7, 0, 0, 0]), value]).toString("base64");
  await machine.must(
    "sh",
    "-c",
    'echo "$1" | base64 -d >"$2"',
    "sh",
    bytes,
    `${VARIABLES}/${name}-${GLOBAL}`,
  );
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
    // It boots next by the very files that kernel-install writes anew.
    expect(
      steps.map((step) => (step.kind === "exec" ? step.argv.slice(0, 2).join(" ") : basename(step.path))),
    ).toEqual([
      "vmlinuz",
      "initrd.img",
      "a-hostcfg-way-back.conf",
      "loader.conf",
      "update-initramfs -u",
      "kernel-install add",
      "loader.conf",
    ]);
    const conf = machine.readText("/boot/efi/loader/loader.conf");
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(machine.readText("/boot/efi/loader/loader.conf")).toBe(conf);
    expect(promised(nextBoot.after)).toEqual(await real(machine));
    const copy = `/boot/efi/debian/${OLDER}/initrd.img-${OLDER}`;
    expect(await machine.must("lsinitramfs", copy)).toContain("etc/modprobe.d/hostcfg-test.conf");
    expect((await planOf(machine)).changes).toEqual([]);
  });

  it("is driven through the EFI variable where that names the default, by the real bootctl", async () => {
    await machine.must("bootctl", "set-default", `debian-${NEWER}.conf`);
    const { nextBoot, steps } = await planOf(machine);
    expect(promised(nextBoot.before)).toEqual(await real(machine));
    expect((await playBootctl(machine)).release).toBe(NEWER);
    expect(steps.map((step) => step.kind === "exec" && step.argv)).toEqual([
      ["bootctl", "set-default", `debian-${OLDER}.conf`],
    ]);
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(promised(nextBoot.after)).toEqual(await real(machine));
    expect((await playBootctl(machine)).release).toBe(OLDER);
    expect((await planOf(machine)).changes).toEqual([]);
  });

  it("passes over a variable that names no entry, as systemd-boot does: bootctl takes any name", async () => {
    await machine.must("bootctl", "set-default", "no-such-entry.conf");
    const { nextBoot, changes } = await planOf(machine);
    expect(promised(nextBoot.before)).toEqual(await real(machine));
    expect(changes).toEqual([]);
    await machine.must("bootctl", "set-default", "");
    expect((await planOf(machine)).changes).toEqual([]);
  });

  it("is not planned past a choice for one boot: the plan says how to take it back", async () => {
    await machine.must("bootctl", "set-oneshot", `debian-${NEWER}.conf`);
    const plan = await planOf(machine);
    const found = plan.diagnostics.find(({ code }) => code === "one-shot-entry");
    expect([plan.applyable, found?.hint]).toEqual([false, expect.stringContaining('bootctl set-oneshot ""')]);
    await machine.must("bootctl", "set-oneshot", "");
    expect((await planOf(machine)).applyable).toBe(true);
  });

  it("shows the firmware's boot option as the real efibootmgr does", async () => {
    await writeVariable(
      machine,
      "Boot0003",
      loadOption("Linux Boot Manager", "\\EFI\\systemd\\systemd-bootx64.efi"),
    );
    await writeVariable(machine, "BootCurrent", Buffer.from([3, 0]));
    await writeVariable(machine, "BootOrder", Buffer.from([3, 0]));
    const listed = await machine.must("env", `EFIVARFS_PATH=${VARIABLES}/`, "efibootmgr", "--verbose");
    const [, label, file] = /^Boot0003\*? (.+?)\s+File\((.+)\)$/m.exec(listed) ?? [];
    const { host } = await planOf(machine);
    expect(host.evidence).toContain(
      `the firmware started ${file ?? "?"} (EFI variable BootCurrent: ${label ?? "?"})`,
    );
  });

  it("is told truly when the pinned kernel is removed: the plan refuses, and says what starts instead", async () => {
    await machine.must("dpkg", "--purge", `linux-image-${OLDER}`);
    const plan = await planOf(machine);
    expect(plan.diagnostics.map(({ code }) => code)).toContain("kernel-missing");
    expect(promised(plan.nextBoot.before)).toMatchObject({ release: "6.1.0-99-amd64" });
  });
});
