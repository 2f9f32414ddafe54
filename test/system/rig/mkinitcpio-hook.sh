#!/usr/bin/env bash
# Stands for the script by which mkinitcpio 41 follows pacman: it is told the images that packages bring or take away, a path a
# line. /boot has a kernel under the name of its package, with what its preset says.
set -e
names=()
while read -r path; do
  read -r name <"/${path%/vmlinuz}/pkgbase" || continue
  preset=/etc/mkinitcpio.d/$name.preset
  if [[ $1 == remove ]]; then
    rm --force "/boot/vmlinuz-$name" "/boot/initramfs-$name.img" "$preset"
    continue
  fi
  [[ -e $preset ]] || cat >"$preset" <<END
# mkinitcpio preset file for the '$name' package
ALL_kver="/boot/vmlinuz-$name"
PRESETS=('default')
default_image="/boot/initramfs-$name.img"
END
  install -D --mode=0644 "/$path" "/boot/vmlinuz-$name"
  names+=(-p "$name")
done
((${#names[@]} == 0)) || mkinitcpio "${names[@]}"
