import { initrdPath } from "../debian/layout.ts";
import type { OwnProgram } from "../own-program.ts";
import { replacingByRename } from "../own-program.ts";

/** Of an initrd, in front of its release. */
const BEGINS = initrdPath("");
/** Run by Debian's dracut 106 itself, and by what starts it in other versions. */
const HOOKS = "/etc/initramfs/post-update.d";

/**
 * Up to 106, dracut copies the finished image over the old initrd, and where that fails (a full disk) it removes that: the host
 * then has none. A cut leaves half of one.
 *
 * Debian's dracut 106 hands the name of what it made to the loader's hooks, which copy that: so they run here, after the
 * rename, and as there their failures fail nothing. The next look at the host finds what they left out.
 */
export const OWN_DRACUT: OwnProgram = {
  name: "dracut",
  script: (judge) =>
    replacingByRename(
      { program: "dracut", begins: BEGINS, environment: "NO_POST_UPDATE_HOOKS=1 ", after: LOADERS_HOOKS },
      judge,
    ),
};

const LOADERS_HOOKS = `if [ -z "\${NO_POST_UPDATE_HOOKS-}" ] && [ -d ${HOOKS} ] && grep -q post-update.d -- "$real"; then
  run-parts --arg="\${initrd#${BEGINS}}" --arg="$initrd" ${HOOKS} || true
fi
`;
