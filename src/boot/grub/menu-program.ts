import { temporaryPrefix } from "../../host/temporary-name.ts";
import type { GrubGenerator, LoaderAction } from "../../model/index.ts";
import { MENU } from "./probe.ts";

type MakeMenu = Extract<LoaderAction, { does: "make-menu" }>;

/** By the program that this host has for it. */
export function makeMenu({ by }: Pick<GrubGenerator, "by">): MakeMenu {
  return { does: "make-menu", by };
}

/** What a run of it writes: the menu, which GRUB must find in its folder after a power cut. */
export const MENU_WRITTEN = { touches: [MENU], flushes: ["/boot/grub"] };

export function menuArgv(action: MakeMenu): readonly string[] {
  const program = menuProgram(action);
  // update-grub names the menu itself.
  return program === UPDATE_GRUB ? [program] : [program, "-o", MENU];
}

/** update-grub is what the hooks of kernel packages run as well (zz-update-grub). */
export function menuProgram({ by }: MakeMenu): MenuProgram {
  return by ?? UPDATE_GRUB;
}

const UPDATE_GRUB = "update-grub";
type MenuProgram = typeof UPDATE_GRUB | NonNullable<MakeMenu["by"]>;

/** Taken by nothing else: only one apply runs at a time, and a cut one's is cleared away by the next. */
const BESIDE = `${temporaryPrefix(MENU)}${"0".repeat(12)}`;
/** The old menu for as long as GRUB may still find it. */
const OLD = `${temporaryPrefix(MENU)}${"1".repeat(12)}`;

/**
 * The awk program that says of a menu's default: "with" an initrd, "without" one, or "other" where it starts no kernel or
 * cannot be told. 00_header sets it before the first entry: a name, or a path of names whose last part is the entry's; what
 * names none is the first entry.
 */
export const DEFAULT_INITRD = String.raw`
/^[ \t]*set default="/ { late = entries }
/^[ \t]*set default="/ && !entries { split($0, part, "\""); chosen = part[2] }
/^[ \t]*(menuentry|submenu) / { if ($1 == "menuentry") entries++; names[entries + ($1 == "submenu")] = names[entries + ($1 == "submenu")] $0 }
/^[ \t]*linux(16|efi)?[ \t]/ { linux[entries] = 1 }
/^[ \t]*initrd(16|efi)?[ \t]/ { initrd[entries] = 1 }
END {
  if (index(chosen, "saved_entry")) chosen = saved
  sub(/^.*>/, "", chosen)
  at = 1
  if (chosen ~ /^[0-9]/ && chosen != "0" || late) at = 0
  else for (one = entries; one > 0; one--) if (index(names[one], q chosen q)) at = one
  print !linux[at] ? "other" : initrd[at] ? "with" : "without"
}`;

/**
 * A shell script that takes the place of update-grub, or of grub-mkconfig, in the commands of an apply. grub-mkconfig writes the menu that it
 * has finished over the old one with cat, so a cut or a full disk in that moment leaves an empty menu, and no system
 * starts. Here the real one makes it under another name (of two `-o`, grub-mkconfig takes the last), and the
 * whole of it, once on the disk, takes the old one's place by one rename. Where an update-grub knows no `-o` it has
 * written the menu itself, and nothing is left to be done.
 *
 * GRUB replays no journal. After fsync(2) alone all of this stands in ext4's and nowhere else: GRUB finds the old menu, in
 * blocks that are free to others already, and an empty one where the folder gets to its place before the new file's inode. So
 * the whole file system is written to its place twice: before the new menu takes the name, and before the old one goes. XFS
 * does that only later, whatever is asked of it.
 *
 * A menu whose default has lost its initrd is not put in place:
 * 10_linux leaves that line out, without a word, where the initrd could not be made.
 *
 * It must come first on PATH: the real one is what the rest of PATH has.
 */
export function menuScript(program: MenuProgram): string {
  return `#!/bin/sh
# Written by hostcfg: replaces GRUB's menu by one rename. The ${program} further on the search path makes it.
set -eu
PATH=\${PATH#*:}
# Hooks ask whether there is one before they run it, and that was answered by this script.
command -v ${program} >/dev/null || { echo "${program} is not installed" >&2; exit 0; }
menu=$(readlink -f ${MENU})
folder=\${menu%/*}
new=$folder/${BESIDE}
old=$folder/${OLD}
trap 'rm -f -- "$new" "$new.new" "$old"' EXIT
trap 'exit 143' HUP INT TERM
${program} "$@" -o "$new"
[ -s "$new" ] || { sync --file-system -- "$folder"; exit 0; }
saved=$(sed -n 's/^saved_entry=//p' "$folder/grubenv" 2>/dev/null || true)
initrd() { awk -v q="'" -v saved="$saved" '${DEFAULT_INITRD}' "$1"; }
if [ -e "$menu" ] && [ "$(initrd "$menu")" = with ] && [ "$(initrd "$new")" = without ]; then
  echo "hostcfg: what ${program} would make the default has no initrd, so the menu stays as it was" >&2
  exit 1
fi
if [ -e "$menu" ]; then
  chown --reference="$menu" -- "$new"
  # With its access control list and label; where that cannot be done, the group gets no more than before.
  cp --attributes-only --preserve=mode,xattr -- "$menu" "$new" || chmod g= -- "$new"
fi
# All to its place, and out of the disk's own cache.
home() { sync --file-system -- "$folder"; sync -- "$1"; }
home "$new"
# No link on vfat, which has no journal either.
[ ! -e "$menu" ] || ln -f -- "$menu" "$old" 2>/dev/null || true
mv -f -- "$new" "$menu"
sync -- "$menu"
sync -- "$folder"
home "$menu"
`;
}
