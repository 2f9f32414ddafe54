import { temporaryPrefix } from "../host/temporary-name.ts";

/** By which programs of hostcfg's own have hostcfg look at an initrd: no command for people (new-initrd.ts). */
export const JUDGE_INITRD = "judge-initrd";

/** Found in the place of another program by the commands of an apply. */
export interface OwnProgram {
  readonly name: string;
  /**
   * A shell script.
   *
   * @param judge The start of a command line that looks at a new initrd, to be followed by its path and the old one's;
   *   undefined where hostcfg cannot be started: there the new one is only looked at after the command.
   * @returns Undefined where there is nothing to be done.
   */
  script(judge: string | undefined): string | undefined;
}

interface Maker {
  /** The program in whose place the script is found. */
  readonly program: string;
  /** How the paths of initrds begin and end. */
  readonly begins: string;
  readonly ends?: string;
  /** Set for the real program, with a blank behind it. */
  readonly environment?: string;
  /** The command that runs the real program where it is asked for no such initrd; `$found` is PATH with this script on it. */
  readonly otherwise?: string;
  /** What is run last, once the new initrd is there. */
  readonly after?: string;
}

/**
 * A shell script that takes the place of a maker of initrds in the commands of an apply, its own and the hooks of packages. The
 * real one makes the initrd under another name. hostcfg reads that to its end, and the whole of it, once on the disk, takes the
 * old one's place by one rename. An initrd that is made anywhere else is none of hostcfg's business.
 *
 * It must come first on PATH: the real one is what the rest of PATH has.
 */
export function replacingByRename(
  { program, begins, ends = "", environment = "", otherwise = 'exec "$real" "$@"', after = "" }: Maker,
  judge: string | undefined,
): string {
  return `#!/bin/sh
# Written by hostcfg: replaces an initrd by one rename. The ${program} further on the search path makes it.
set -eu
found=$PATH
PATH=\${PATH#*:}
# Hooks ask whether there is one before they run it, and that was answered by this script.
real=$(command -v ${program}) || { echo "${program} is not installed" >&2; exit 127; }
initrd=
for one do
  shift
  case $one in
    ${begins}*${ends})
      initrd=$one
      target=$(readlink -f -- "$one")
      name=\${target##*/}
      folder=\${target%/*}
      new=$folder/${temporaryPrefix("$name")}${"0".repeat(12)}
      one=$new ;;
  esac
  set -- "$@" "$one"
done
[ -n "$initrd" ] || ${otherwise}
trap 'rm -f -- "$new"' EXIT
trap 'exit 143' HUP INT TERM
rm -f -- "$new"
${environment}"$real" "$@"
# As for a kernel that takes no initrd: what stands there stays.
[ -e "$new" ] || exit 0
[ -s "$new" ] || { echo "hostcfg: ${program} made an empty initrd, so the old one stays" >&2; exit 1; }
${judge === undefined ? 'echo "hostcfg: the new initrd is only looked at once it is in its place" >&2' : `${judge} "$new" "$target"`}
if [ -e "$target" ]; then
  # Where the file system has no owners, there is nothing to be kept.
  chown --reference="$target" -- "$new" || true
  chmod --reference="$target" -- "$new" || true
fi
sync --file-system -- "$new"
mv -f -- "$new" "$target"
sync --file-system -- "$folder"
${after}`;
}
