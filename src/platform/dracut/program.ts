import { temporaryPrefix } from "../../host/temporary-name.ts";
import { initrdPath } from "../debian/layout.ts";

/** Of an initrd, in front of its release. */
const BEGINS = initrdPath("");
/** Run by Debian's dracut 106 itself, and by what starts it in other versions. */
const HOOKS = "/etc/initramfs/post-update.d";

/**
 * A shell script that takes the place of dracut in the commands of an apply, its own and the hooks of packages. Up to 106,
 * dracut copies the finished image over the old initrd, and where that fails (a full disk) it removes that: the host then
 * has none. A cut leaves half of one. Here the real dracut makes it under another name, and the whole of it, once on the disk,
 * takes the old one's place by one rename. An initrd that is made anywhere else is none of hostcfg's business.
 *
 * Debian's dracut 106 hands the name of what it made to the loader's hooks, which copy that: so they run here, after the
 * rename, and as there their failures fail nothing. The next look at the host finds what they left out.
 *
 * It must come first on PATH: the real one is what the rest of PATH has.
 */
export const DRACUT_SCRIPT = `#!/bin/sh
# Written by hostcfg: replaces an initrd by one rename. The dracut further on the search path makes it.
set -eu
PATH=\${PATH#*:}
# Hooks ask whether there is one before they run it, and that was answered by this script.
real=$(command -v dracut) || { echo "dracut is not installed" >&2; exit 127; }
initrd=
for one do
  shift
  case $one in
    ${BEGINS}*)
      initrd=$one
      target=$(readlink -f -- "$one")
      name=\${target##*/}
      folder=\${target%/*}
      new=$folder/${temporaryPrefix("$name")}${"0".repeat(12)}
      one=$new ;;
  esac
  set -- "$@" "$one"
done
[ -n "$initrd" ] || exec "$real" "$@"
trap 'rm -f -- "$new"' EXIT
trap 'exit 143' HUP INT TERM
rm -f -- "$new"
NO_POST_UPDATE_HOOKS=1 "$real" "$@"
# As for a kernel that takes no initrd: what stands there stays.
[ -e "$new" ] || exit 0
[ -s "$new" ] || { echo "hostcfg: dracut made an empty initrd, so the old one stays" >&2; exit 1; }
if [ -e "$target" ]; then
  # Where the file system has no owners, there is nothing to be kept.
  chown --reference="$target" -- "$new" || true
  chmod --reference="$target" -- "$new" || true
fi
sync --file-system -- "$new"
mv -f -- "$new" "$target"
sync --file-system -- "$folder"
if [ -z "\${NO_POST_UPDATE_HOOKS-}" ] && [ -d ${HOOKS} ] && grep -q post-update.d -- "$real"; then
  run-parts --arg="\${initrd#${BEGINS}}" --arg="$initrd" ${HOOKS} || true
fi
`;
