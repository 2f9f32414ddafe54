#!/bin/sh
# Boots a machine's root disk by its own systemd, as process 1 of new mount, pid, uts, ipc, net and cgroup namespaces: for
# what only a service manager shows. The kernel, its command line and its devices are those of the machine that runs the
# tests.
#
# ROOT_DISK is an ext4 image, MOUNT an empty folder, NODE the program that runs the tests.
set -eu

mount -o loop,noatime "$ROOT_DISK" "$MOUNT"
mount -t proc proc "$MOUNT/proc"
# Read-only, as containers have it: no udevd touches the kernel's devices, and fstab(5) is left alone.
mount -t sysfs -o ro sysfs "$MOUNT/sys"
mount -t cgroup2 cgroup2 "$MOUNT/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$MOUNT/run"
mount -t tmpfs -o mode=755 tmpfs "$MOUNT/dev"
for device in null zero full random urandom tty kmsg; do cp -a "/dev/$device" "$MOUNT/dev/"; done
ln -s /proc/self/fd "$MOUNT/dev/fd"
mkdir "$MOUNT/dev/pts" "$MOUNT/dev/shm"
mount --bind "$NODE" "$MOUNT/usr/local/bin/node"

# As a container "systemctl exit" ends it.
exec chroot "$MOUNT" /usr/bin/env -i container=test /lib/systemd/systemd --unit=multi-user.target
