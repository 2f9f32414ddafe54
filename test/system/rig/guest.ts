import { spawn } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { rootDisk } from "./disks.ts";
import { write } from "./grub.ts";
import type { Machine } from "./machine.ts";

/** Where a guest leaves what its commands printed. */
export const RESULTS = "/root/guest";

/** Software emulation takes a minute for what a real machine does in seconds, on a busy machine several: only a hang reaches it. */
const SECONDS = 800;

/**
 * The first program of a guest: mounts what the kernel shows, runs the commands of /root/guest/run, and switches off.
 * Without an init, so that a boot takes half a minute and not two.
 */
const GUEST_INIT = `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
mountpoint -q /proc || mount -t proc proc /proc
mountpoint -q /sys || mount -t sysfs sys /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
mountpoint -q /run || mount -t tmpfs run /run
mount -o remount,rw /
cd /root/story && sh -x ${RESULTS}/run >${RESULTS}/log 2>&1
echo "$?" >${RESULTS}/exit
sync
mount -o remount,ro /
echo o >/proc/sysrq-trigger
sleep 60
`;

/** On a busy core the clock may not tick for a while, which a kernel that looks for it takes for a broken machine. */
const OPTIONS = "console=ttyS0 quiet panic=-1 no_timer_check init=/sbin/hostcfg-guest";

/** hostcfg as a guest runs it. */
export const IN_GUEST = "/opt/node /opt/hostcfg/dist/hostcfg.js";

export interface Guest {
  /** Paths in the machine whose root disk it boots from. */
  readonly kernel: string;
  readonly initrd: string;
  /** What it is told on top of what every guest is. */
  readonly cmdline: string;
  /** Arguments for the devices. */
  readonly devices: readonly string[];
}

/** Puts into a machine what a guest with its disk needs. */
export async function readyForGuests(machine: Machine): Promise<void> {
  await machine.put(process.execPath, "/opt/node");
  await write(machine, "/sbin/hostcfg-guest", GUEST_INIT);
  await machine.must("chmod", "755", "/sbin/hostcfg-guest");
}

/** The root of a machine as a kernel is told of it. */
export function rootOption(machine: Machine): string {
  const root = /^UUID=\S+(?=\s+\/\s)/m.exec(machine.readText("/etc/fstab"))?.[0];
  if (root === undefined) throw new Error("/etc/fstab has no root by its UUID");
  return `root=${root}`;
}

/**
 * Boots a guest from the disk of a machine, which is off meanwhile and on again afterwards, and has it run commands until
 * one of them fails, which throws with all that was printed.
 */
export async function bootGuest(machine: Machine, guest: Guest, commands: readonly string[]): Promise<void> {
  // What an earlier boot has left would be taken for the answers of this one.
  await machine.must("rm", "-rf", RESULTS);
  await write(machine, `${RESULTS}/run`, ["set -e", ...commands, ""].join("\n"));
  const [kernel, initrd] = [join(machine.folder, "vmlinuz"), join(machine.folder, "initrd.img")];
  copyFileSync(machine.path(guest.kernel), kernel);
  copyFileSync(machine.path(guest.initrd), initrd);
  await machine.powerOff();
  const console = await run(rootDisk(machine.folder), { ...guest, kernel, initrd });
  await machine.powerOn();
  // A guest that did not come that far has left neither file.
  const { stdout } = await machine.run(["sh", "-c", `cat ${RESULTS}/exit; cat ${RESULTS}/log`]);
  if (!stdout.startsWith("0\n"))
    throw new Error(`the guest or a command of it failed:\n${stdout}\n${console}`);
}

/** Boots a guest in QEMU, in software, and answers what its serial console showed once it has switched itself off. */
function run(disk: string, { kernel, initrd, cmdline, devices }: Guest): Promise<string> {
  const argv = [
    ...["-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio", "-monitor", "none"],
    ...["-machine", "q35", "-cpu", "max", "-m", "1G", "-smp", "1"],
    ...["-kernel", kernel, "-initrd", initrd, "-append", `${cmdline} ${OPTIONS}`],
    ...["-drive", `file=${disk},format=raw,if=none,id=root`],
    ...devices,
  ];
  return new Promise((resolve, reject) => {
    const qemu = spawn("qemu-system-x86_64", argv, { stdio: ["ignore", "pipe", "pipe"] });
    let console = "";
    const collect = (piece: Buffer): void => {
      console += piece.toString();
    };
    qemu.stdout.on("data", collect);
    qemu.stderr.on("data", collect);
    const timer = setTimeout(() => qemu.kill("SIGKILL"), SECONDS * 1000);
    qemu.on("error", reject);
    qemu.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(console);
      else
        reject(
          new Error(`the guest did not switch itself off within ${SECONDS} s:\n${console.slice(-4000)}`),
        );
    });
  });
}
