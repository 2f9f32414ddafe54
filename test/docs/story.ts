import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../src/cli/main.ts";
import type { Machine } from "../handover/support/machine.ts";
import { workstation } from "../support/workstation.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise } from "../support/materialise.ts";
import { standInIo } from "../support/stand-in-io.ts";

/** Columns of the terminal that the pages show. */
const COLUMNS = 80;
const CARD = ["0000:0d:00.0", "0000:0d:00.1"];

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

/** An apply shows the plan first, which the reader has just seen, and ends with what verify shows. */
function shortened(screens: Map<string, string>, seen: string, name: string): void {
  const plan = screens.get(seen)?.split("\n").slice(1).join("\n") ?? "";
  const screen = screens.get(name) ?? "";
  if (!screen.includes(plan)) throw new Error(`${name} does not show the plan of ${seen}`);
  const judged = /^Verified against .*?\n\n/ms;
  if (!judged.test(screen)) throw new Error(`${name} does not say what it verified`);
  screens.set(
    name,
    screen.replace(plan, "[the plan, as above]\n").replace(judged, "[what it verified, as below]\n\n"),
  );
}
