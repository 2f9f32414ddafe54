import { temporaryPrefix } from "../../host/temporary-name.ts";
import { MENU } from "./probe.ts";

/** The name by which hostcfg's steps and the hooks of kernel packages run it (zz-update-grub). */
export const MENU_PROGRAM = "update-grub";

/** Taken by nothing else: only one apply runs at a time, and a cut one's is cleared away by the next. */
const BESIDE = `${temporaryPrefix(MENU)}${"0".repeat(12)}`;

/**
 * A shell script that takes the place of update-grub in the commands of an apply. grub-mkconfig writes the menu that it
 * has finished over the old one with cat, so a cut or a full disk in that moment leaves an empty menu, and no system
 * starts. Here the real update-grub makes it under another name (of two `-o`, grub-mkconfig takes the last), and the
 * whole of it, once on the disk, takes the old one's place by one rename. Where an update-grub knows no `-o` it has
 * written the menu itself, and nothing is left to be done.
 *
 * It must come first on PATH: the real one is what the rest of PATH has.
 */
export const MENU_SCRIPT = `#!/bin/sh
# Written by hostcfg: replaces GRUB's menu by one rename. The update-grub further on the search path makes it.
set -eu
PATH=\${PATH#*:}
# Hooks ask whether there is one before they run it, and that was answered by this script.
command -v ${MENU_PROGRAM} >/dev/null || { echo "${MENU_PROGRAM} is not installed" >&2; exit 0; }
menu=$(readlink -f ${MENU})
folder=\${menu%/*}
new=$folder/${BESIDE}
trap 'rm -f -- "$new" "$new.new"' EXIT
trap 'exit 143' HUP INT TERM
${MENU_PROGRAM} "$@" -o "$new"
[ -s "$new" ] || exit 0
if [ -e "$menu" ]; then
  chown --reference="$menu" -- "$new"
  # With its access control list and label; where that cannot be done, the group gets no more than before.
  cp --attributes-only --preserve=mode,xattr -- "$menu" "$new" || chmod g= -- "$new"
fi
sync -- "$new"
mv -f -- "$new" "$menu"
sync -- "$menu"
sync -- "$folder"
`;
