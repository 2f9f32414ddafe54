#!/bin/sh
# Process 1 of a machine: gives it its disks and its kernel's facts, then waits for the end of its input, so
# that a machine never outlives the tests that started it. Runs in new mount, pid, uts, ipc and net namespaces.
#
# ROOT_DISK and ESP_DISK are ext4 images (not every kernel has VFAT); loop devices give / a real block device
# with a UUID. LIVE holds what this boot's kernel shows: proc/ (single files), sys/ and dmesg, a program that
# prints its log. MOUNT is an empty folder.
# ROOT_NODE, where it is not empty, is the name of the device that / is mounted from.
# NODE is the program that runs the tests; the machine has no Node of its own.
set -eu

# /proc is still that of the outer pid namespace, where the tests know this process by another number.
read -r outer_pid _ </proc/self/stat

# commit: nothing gets to the disk by itself, only what a program syncs, so a power cut shows what none did.
if [ -z "$ROOT_NODE" ]; then
  mount -o loop,noatime,commit=300 "$ROOT_DISK" "$MOUNT"
else
  # Under another name than a loop device's: grub-mkconfig takes those for the files behind them.
  loop=$(losetup --find --show "$ROOT_DISK")
  mknod "$ROOT_NODE" b $(stat -c "%Hr %Lr" "$loop")
  mount -o noatime,commit=300 "$ROOT_NODE" "$MOUNT"
  # Takes effect once it is unmounted.
  losetup --detach "$loop"
fi
mount -o loop,noatime,commit=300 "$ESP_DISK" "$MOUNT/boot/efi"

mount -t proc proc "$MOUNT/proc"
(cd "$LIVE/proc" && find . -type f) | while read -r file; do
  mount --bind "$LIVE/proc/$file" "$MOUNT/proc/$file"
done

mount -t tmpfs -o mode=755 tmpfs "$MOUNT/dev"
for device in null zero full random urandom tty; do cp -a "/dev/$device" "$MOUNT/dev/"; done
for mounted in "$MOUNT" "$MOUNT/boot/efi"; do
  disk=$(findmnt --noheadings --output SOURCE --mountpoint "$mounted")
  cp -a "$disk" "$MOUNT/dev/"
  # Where kernelstub looks for a disk's partition.
  name=${disk#/dev/}
  mkdir -p "$LIVE/sys/class/block" "$LIVE/sys/devices/virtual/block/$name"
  ln -s "../../devices/virtual/block/$name" "$LIVE/sys/class/block/$name"
done
if [ -n "$ROOT_NODE" ]; then
  rm "$ROOT_NODE"
  mkdir -p "$MOUNT/dev/disk/by-uuid"
  ln -s "../../${ROOT_NODE#/dev/}" "$MOUNT/dev/disk/by-uuid/$(blkid --output value --match-tag UUID "$MOUNT$ROOT_NODE")"
fi
mount --bind "$LIVE/dmesg" "$MOUNT/usr/bin/dmesg"
# A host is in no container. That of systemd 257 takes a pid namespace for one, and Debian's hook would leave GRUB's menu.
mount --bind "$MOUNT/usr/bin/false" "$MOUNT/usr/bin/systemd-detect-virt"

mount --bind "$LIVE/sys" "$MOUNT/sys"
mount -o remount,bind,ro "$MOUNT/sys"
# A stand-in for efivarfs: the real bootctl and efibootmgr read and write variables as files of it.
if [ -d "$LIVE/sys/firmware/efi/efivars" ]; then
  mount --bind "$LIVE/sys/firmware/efi/efivars" "$MOUNT/sys/firmware/efi/efivars"
fi

mkdir "$MOUNT/dev/pts"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$MOUNT/dev/pts"
ln -s pts/ptmx "$MOUNT/dev/ptmx"
ln -s /proc/self/fd "$MOUNT/dev/fd"
for number in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${number%:*}" "$MOUNT/dev/${number#*:}"; done

mount -t tmpfs -o mode=755 tmpfs "$MOUNT/run"
mkdir -m 1777 "$MOUNT/run/lock"
mount -t tmpfs -o mode=1777 tmpfs "$MOUNT/tmp"

mount --bind "$NODE" "$MOUNT/usr/local/bin/node"

hostname "$(cat "$MOUNT/etc/hostname")"
# The pid is told only now, from inside: whoever reads it may enter. Process 1 stays a shell that waits, so it
# reaps the orphans of killed commands as an init does; and "until", because killing all others kills cat too.
exec chroot "$MOUNT" /bin/sh -c 'echo "$0"; until cat >/dev/null; do :; done' "$outer_pid"
