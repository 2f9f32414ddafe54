/** Where this file is there, a machine is booted by systemd. */
export const BY_SYSTEMD = "/etc/machine-by-systemd";

/** What it says first of all on the console, where a kernel that is told to be quiet says nothing. */
export const UP = "machine-init: the kernel is up";

/**
 * Process 1 of a machine: mounts what fstab names, has udev bind the drivers, and then answers on the second serial line.
 * No service manager unless that is asked for, for with one a boot takes twice as long.
 */
export const FIRST_PROGRAM = `#!/bin/sh
echo ${UP} >/dev/console
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb
[ ! -e ${BY_SYSTEMD} ] || exec /lib/systemd/systemd
mountpoint -q /proc || mount -t proc proc /proc
mountpoint -q /sys || mount -t sysfs sys /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
mountpoint -q /run || mount -t tmpfs -o mode=755 run /run
mkdir -p /dev/pts /dev/shm /run/lock
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /tmp
mount -o remount,rw /
modprobe -q efivarfs
mount -t efivarfs efivarfs /sys/firmware/efi/efivars
/lib/systemd/systemd-udevd --daemon
udevadm trigger --type=subsystems --action=add
udevadm trigger --type=devices --action=add
udevadm settle --timeout=120
mount -a
hostname "$(cat /etc/hostname)"
exec /sbin/machine-shell
`;

/** What starts the shell under systemd, once all of a boot is done. */
export const SHELL_UNIT = `[Unit]
After=multi-user.target
[Service]
ExecStart=/sbin/machine-shell
StandardInput=null
[Install]
WantedBy=multi-user.target
`;

/** Runs each line that it reads, in base64, and answers with its output, its exit code and its errors (qemu.ts). */
export const SHELL = `#!/bin/bash
exec </dev/ttyS1 >/dev/ttyS1 2>/dev/console
stty raw -echo
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
cd /root
printf '\\001READY\\001'
while IFS= read -r line; do
  bash -c "$(printf %s "$line" | base64 -d)" </dev/null 2>/run/stderr
  printf '\\001%d\\001' "$?"
  cat /run/stderr
  printf '\\001END\\001'
done
`;
