import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../src/cli/main.ts";
import { EP, GOOD, LEP, Machine, RP } from "../handover/support/machine.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise } from "../support/materialise.ts";
import { standInIo } from "../support/stand-in-io.ts";

/** Columns of the terminal that the pages show. */
const COLUMNS = 80;
const OPTIONS = "root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 ro quiet";
const CARD = ["0000:0d:00.0", "0000:0d:00.1"];

/** An AMD workstation with Debian and GRUB, a card for the host and one for a virtual machine, each in a group of its own. */
function workstation(): Machine {
  const machine = new Machine({
    base: "debian-grub",
    cpu: "AuthenticAMD",
    tables: ["IVRS"],
    cmdline: `BOOT_IMAGE=/boot/vmlinuz-6.1.0-26-amd64 ${OPTIONS}`,
  });
  const files = { reset_method: "flr bus\n" };
  machine.write("/etc/hostname", "workstation\n");
  machine.write("/proc/sys/kernel/hostname", "workstation\n");
  machine.write("/proc/stat", "btime 1700000000\n");
  machine.pci("0000:00:00.0", "1022:1480", "060000", { group: 0 });
  for (const [port, group] of [
    ["0000:00:01.1", 1],
    ["0000:00:01.2", 2],
    ["0000:00:03.1", 3],
    ["0000:00:03.2", 4],
  ] as const)
    machine.pci(port, "1022:1483", "060400", { type: RP, acs: GOOD, driver: "pcieport", group });
  machine.pci("0000:01:00.0", "144d:a808", "010802", {
    parent: "0000:00:01.1",
    type: EP,
    driver: "nvme",
    module: "nvme",
    group: 14,
    files,
  });
  machine.pci("0000:05:00.0", "8086:1539", "020000", {
    parent: "0000:00:01.2",
    type: EP,
    driver: "igb",
    module: "igb",
    group: 15,
    files,
  });
  const host = { parent: "0000:00:03.1", type: LEP, multi: true, group: 30, files };
  machine.pci("0000:0c:00.0", "1002:731f", "030000", {
    ...host,
    driver: "amdgpu",
    module: "amdgpu",
    bootVga: 1,
  });
  machine.pci("0000:0c:00.1", "1002:ab38", "040300", {
    ...host,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
  });
  const guest = { parent: "0000:00:03.2", type: LEP, multi: true, group: 31, files };
  machine.pci("0000:0d:00.0", "10de:2206", "030000", {
    ...guest,
    driver: "nouveau",
    module: "nouveau",
    bootVga: 0,
  });
  machine.pci("0000:0d:00.1", "10de:1aef", "040300", {
    ...guest,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
  });
  machine.net("enp5s0", "0000:05:00.0");
  for (const part of ["nvme0n1p1", "nvme0n1p2"]) machine.disk(part, "0000:01:00.0", "nvme/nvme0/nvme0n1");
  machine.mounts(["/dev/nvme0n1p2 / ext4 rw 0 0", "/dev/nvme0n1p1 /boot/efi vfat rw 0 0"]);
  return machine;
}

/** What the kernel makes of the boot that the apply prepared. */
function reboot(machine: Machine, root: string): void {
  const menu = fs.readFileSync(join(root, "boot/grub/grub.cfg"), "utf8");
  const [, line = ""] = /^\s*linux\s+(.*)$/m.exec(menu) ?? [];
  fs.writeFileSync(join(root, "proc/cmdline"), `BOOT_IMAGE=${line.replace(/\s+/g, " ").trim()}\n`);
  fs.writeFileSync(join(root, "proc/stat"), "btime 4000000000\n");
  fs.mkdirSync(join(root, "sys/bus/pci/drivers/vfio-pci"), { recursive: true });
  for (const address of CARD) {
    const link = join(root, machine.path(address), "driver");
    fs.rmSync(link);
    fs.symlinkSync("/sys/bus/pci/drivers/vfio-pci", link);
  }
  fs.mkdirSync(join(root, "dev/vfio"), { recursive: true });
  fs.writeFileSync(join(root, "dev/vfio/31"), "");
}

/** The screens of one story by name: from the groups before it to the undo. */
export async function tellStory(spec: string): Promise<ReadonlyMap<string, string>> {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-docs-"));
  try {
    return await told(folder, spec);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

async function told(folder: string, spec: string): Promise<ReadonlyMap<string, string>> {
  const root = join(folder, "root");
  const work = join(folder, "work");
  const machine = workstation();
  materialise(machine.capture(), root);
  fs.mkdirSync(work);
  fs.writeFileSync(join(work, "host.yaml"), spec);
  const host = new StandInHost(root);
  const screens = new Map<string, string>();

  const type = async (name: string, line: string, expected: number): Promise<void> => {
    const { io } = standInIo(work, host, COLUMNS);
    let screen = `$ sudo hostcfg ${line}\n`;
    const print = (text: string): void => void (screen += text);
    const exit = await main(line.split(" "), {
      ...io,
      stdout: print,
      stderr: print,
      stdinIsTerminal: true,
      stderrIsTerminal: false,
      now: () => new Date("2026-12-01T09:00:00Z"),
      timing: { ...io.timing, seconds: () => 0 },
      env: { SUDO_USER: "anna", NO_COLOR: "1" },
      ask: (question) => {
        screen += `${question}yes\n`;
        return Promise.resolve("yes");
      },
    });
    if (exit !== expected) throw new Error(`${line}: exit code ${exit}\n${screen}`);
    screens.set(name, screen.replaceAll(work, "/root").replaceAll(root, "this host").trimEnd());
  };

  await type("groups", "groups --class vga", 0);
  await type("plan", "plan", 0);
  await type("apply", "apply", 0);
  shortened(screens, "plan", "apply");
  await type("verify-before", "verify", 3);
  reboot(machine, root);
  await type("verify", "verify", 0);
  await type("check", "check", 0);
  await type("history", "history", 0);
  await type("undo", "undo --plan-only", 0);
  return screens;
}

/** An apply shows the plan first, which the reader has just seen. */
function shortened(screens: Map<string, string>, seen: string, name: string): void {
  const plan = screens.get(seen)?.split("\n").slice(1).join("\n") ?? "";
  const screen = screens.get(name) ?? "";
  if (!screen.includes(plan)) throw new Error(`${name} does not show the plan of ${seen}`);
  screens.set(name, screen.replace(plan, "[the plan, as above]\n"));
}
