#!/usr/bin/env bash
# Stands for mkinitcpio(8) 41, which Debian does not have, with what was seen of it: it reads the settings and the drop-ins, and
# puts what MODULES and FILES name into an archive. Where something is not there, the image takes the old one's place
# without it, and then it fails. For each image of a preset it starts itself again, by the name that it was started by.
set -u
kernel='' image='' presets=()
while (($# > 0)); do
  case $1 in
    --nopost) shift ;;
    -k | --kernel) kernel=$2; shift 2 ;;
    -g | --generate) image=$2; shift 2 ;;
    -p | --preset) presets+=("$2"); shift 2 ;;
    *) printf "mkinitcpio: the stand-in knows no %s\n" "$1" >&2; exit 64 ;;
  esac
done

failed=0
for preset in "${presets[@]}"; do
  # shellcheck disable=SC1090
  . "/etc/mkinitcpio.d/$preset.preset"
  for name in "${PRESETS[@]}"; do
    kernel_of=${name}_kver image_of=${name}_image
    "$0" --kernel "${!kernel_of:-$ALL_kver}" --generate "${!image_of}" || failed=1
  done
done
((${#presets[@]} == 0)) || exit "$failed"

# The release that an image says itself.
if [[ $kernel == /* ]]; then
  [[ -e $kernel ]] || { echo "==> ERROR: specified kernel image does not exist: '$kernel'" >&2; exit 1; }
  offset=$(od --address-radix=n --skip-bytes=0x20E --read-bytes=2 --format=u2 "$kernel")
  kernel=$(tail --bytes="+$((offset + 0x201))" "$kernel" | head --bytes=127 | tr '\0' ' ' | cut --delimiter=' ' --fields=1)
fi
modules=/usr/lib/modules/$kernel
[[ -d $modules ]] || { echo "==> ERROR: '$modules' is not a valid kernel module directory" >&2; exit 1; }

MODULES=() FILES=()
# shellcheck disable=SC1091
. /etc/mkinitcpio.conf
for file in /etc/mkinitcpio.conf.d/*.conf; do
  # shellcheck disable=SC1090
  [[ ! -e $file ]] || . "$file"
done

tree=$(mktemp --directory)
trap 'rm --recursive "$tree"' EXIT
printf '#!/usr/bin/ash\n' >"$tree/init"
put() { install -D --mode=0644 -- "$1" "$tree/$1"; }
for module in "${MODULES[@]}"; do
  path=$(find "$modules" -name "${module//_/[-_]}.ko*" -print -quit)
  if [[ -n $path ]]; then put "$path"; else
    echo "==> ERROR: module not found: '$module'" >&2
    failed=1
  fi
done
for file in "${FILES[@]}"; do
  if [[ -e $file ]]; then put "$file"; else
    echo "==> ERROR: file not found: '$file'" >&2
    failed=1
  fi
done
(cd "$tree" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet --format=newc --create --owner=0:0 --reproducible) >"$image.tmp" || exit 1
chmod 600 "$image.tmp"
sync -d -- "$image.tmp"
mv --force -- "$image.tmp" "$image"
if ((failed)); then
  echo "==> WARNING: errors were encountered during the build. The image may not be complete." >&2
else
  echo "==> Initcpio image generation successful"
fi
exit "$failed"
