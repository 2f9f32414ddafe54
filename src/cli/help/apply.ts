import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Shows the plan, asks, carries it out, and verifies what can be verified before the reboot.
Only the answer "yes" is accepted; without a terminal, --auto-approve stands for it.

A saved plan (hostcfg plan --out plan.json) was approved when it was saved: it is made
again, carried out without a question when it is still the same, and refused when not.

While dpkg or apt works on the packages, apply waits before a step that needs them, at most
--lock-timeout seconds. ^C, SIGTERM and a closed terminal end it after the running step,
which is never cut; a further ^C changes nothing but says what still runs.

Each file and link is replaced as a whole, and its old state is kept in a journal below
/var/lib/hostcfg before it is touched. After a failure or ^C, applying the spec again
does what is left. When everything is as declared, apply does and writes nothing.

Where the spec names devices, it records beside the spec which cards they are
(host.yaml: host.lock.json), for version control. A plan says when a card moved since.

A host that would not come up as it is (hostcfg check) is left alone, unless the plan mends
it or --even-if-broken is given. A step that breaks the boot ends the apply.

It never reboots, never removes a kernel, and never runs two applies at a time.`,
  exits: [
    [EXIT.ok, "everything was done, or there was nothing to do"],
    [EXIT.error, "the plan was not approved, not applyable, or stale, or a step failed"],
    [EXIT.locked, "another apply, dpkg or apt is at work on this host; nothing was changed"],
    [EXIT.interrupted, "stopped by ^C or a signal after the running step"],
  ],
  examples: [
    ["ask, then change this host", "sudo hostcfg apply host.yaml"],
    [
      "carry out a saved plan on a mounted root, with its own programs",
      "sudo hostcfg apply plan.json --root /mnt --chroot",
    ],
  ],
};
