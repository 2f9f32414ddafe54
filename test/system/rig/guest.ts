import { spawn } from "node:child_process";
import { rootDisk } from "./disks.ts";

/** Where a guest leaves what its commands printed. */
export const RESULTS = "/root/guest";

/** Software emulation takes a minute for what a real machine does in seconds. */
const SECONDS = 240;

/**
 * The first program of a guest: mounts what the kernel shows, runs the commands of /root/guest/run, and switches off.
 * Without an init, so that a boot takes half a minute and not two.
 */
export const GUEST_INIT = `#!/bin/sh
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

export interface Guest {
  /** Folder of the machine whose root disk it boots from. */
  readonly folder: string;
  /** Files on the machine that runs the tests. */
  readonly kernel: string;
  readonly initrd: string;
  /** What it is told on top of what every guest is. */
  readonly cmdline: string;
  /** Arguments for the devices. */
  readonly devices: readonly string[];
}

/** Boots a guest in QEMU, in software, and answers what its serial console showed once it has switched itself off. */
export function runGuest({ folder, kernel, initrd, cmdline, devices }: Guest): Promise<string> {
  const argv = [
    ...["-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio", "-monitor", "none"],
    ...["-machine", "q35", "-cpu", "max", "-m", "1G", "-smp", "1"],
    ...["-kernel", kernel, "-initrd", initrd, "-append", `${cmdline} ${OPTIONS}`],
    ...["-drive", `file=${rootDisk(folder)},format=raw,if=none,id=root`],
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
