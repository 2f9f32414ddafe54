import { initrdPath } from "../debian/layout.ts";
import type { OwnProgram } from "../own-program.ts";

/**
 * update-initramfs has mkinitramfs make the new initrd beside the old one, and renames it where that ended well; where it did not,
 * it removes the new one and fails. So this one fails where hostcfg finds that the new initrd is none.
 */
export const OWN_MKINITRAMFS: OwnProgram = {
  name: "mkinitramfs",
  script: (judge) =>
    judge &&
    `#!/bin/sh
# Written by hostcfg: looks at a new initrd before it takes the place of the old one. The mkinitramfs further on the search path makes it.
set -eu
PATH=\${PATH#*:}
new=
for one do
  case $one in ${initrdPath("*")}.new) new=$one ;; esac
done
mkinitramfs "$@"
[ -z "$new" ] || ${judge} "$new" "\${new%.new}"
`,
};
